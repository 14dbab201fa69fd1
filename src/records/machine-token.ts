// A machine token at the moment it is made, and the rows that it leaves behind (spec 07 §3.3, 08
// §5, decision B48).
import type { AuditEvent } from './audit-event.ts'
import type { Issuance, UnboundMachineToken } from './issuance.ts'

/** What distinguishes one machine token from another. */
export interface MachineToken {
  /** UUIDv7; id of all of its rows. */
  readonly jti: string
  readonly clientId: string
  /** Registered resource it is bound to, or null: then its audience is the issuer. */
  readonly resourceId: string | null
  readonly scopes: readonly string[]
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly isAgent: boolean
  /** Thumbprint of the key it is bound to, or null for a bearer token. */
  readonly dpopJkt: string | null
}

/** The row of a token that is bound to a registered resource. Its subject is the client itself. */
export function machineIssuance(token: MachineToken, resourceId: string): Issuance {
  return {
    id: token.jti,
    subjectUserId: token.clientId,
    clientId: token.clientId,
    resourceId,
    scopes: token.scopes,
    backendKind: 'mint',
    isMachine: true,
    revocable: true,
    issuedAtMs: token.issuedAtMs,
    expiresAtMs: token.expiresAtMs,
    revokedAtMs: null,
    dpopJkt: token.dpopJkt,
    agentId: token.isAgent ? token.clientId : null,
    agentChain: [],
    consentClientId: null,
    parentJti: null,
  }
}

/** The row of a token that is bound to no resource. */
export function unboundMachineToken(token: MachineToken): UnboundMachineToken {
  return {
    jti: token.jti,
    clientId: token.clientId,
    scopes: token.scopes.join(' '),
    issuedAtMs: token.issuedAtMs,
    expiresAtMs: token.expiresAtMs,
  }
}

/** The row that tells of the issuance. `caller` is where the request came from. */
export function machineTokenAudit(
  token: MachineToken,
  caller: { readonly ip: string; readonly traceId: string | null },
  nowMs: number,
): AuditEvent {
  return {
    id: token.jti,
    action: 'client_credentials.issued',
    actorId: token.clientId,
    clientId: token.clientId,
    ip: caller.ip,
    detail: `jti=${token.jti} scopes=${token.scopes.join(' ')}`,
    traceId: caller.traceId ?? '',
    createdAtMs: nowMs,
  }
}
