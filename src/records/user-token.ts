// A user's access token at the moment it is made, and the rows that it leaves behind (spec 02 §1,
// 07 §3.3): code redemption and refresh.
import type { AuditEvent } from './audit-event.ts'
import type { Issuance } from './issuance.ts'

export interface UserToken {
  /** UUIDv7; id of its issuance, of its place in the family and of its audit row. */
  readonly jti: string
  readonly familyId: string
  readonly userId: string
  readonly clientId: string
  /** Registered resource it is bound to, or null: then its audience is the issuer. */
  readonly resourceId: string | null
  readonly scopes: readonly string[]
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly isAgent: boolean
  readonly dpopJkt: string | null
}

/** The row of a token that is bound to a registered resource. */
export function userIssuance(token: UserToken, resourceId: string): Issuance {
  return {
    id: token.jti,
    subjectUserId: token.userId,
    clientId: token.clientId,
    resourceId,
    scopes: token.scopes,
    backendKind: 'mint',
    isMachine: false,
    revocable: true,
    issuedAtMs: token.issuedAtMs,
    expiresAtMs: token.expiresAtMs,
    revokedAtMs: null,
    dpopJkt: token.dpopJkt,
    agentId: token.isAgent ? token.clientId : null,
    agentChain: [],
    consentClientId: token.clientId,
    parentJti: null,
  }
}

/** The row that tells of a refresh. `caller` is where the request came from. */
export function refreshAudit(
  { token, caller, nowMs }: RefreshTold,
  { isRetry }: { readonly isRetry: boolean },
): AuditEvent {
  return {
    id: token.jti,
    action: isRetry ? 'token.refresh_retried' : 'token.refreshed',
    actorId: token.userId,
    clientId: token.clientId,
    ip: caller.ip,
    detail: `family=${token.familyId} jti=${token.jti}`,
    traceId: caller.traceId ?? '',
    createdAtMs: nowMs,
  }
}

interface RefreshTold {
  readonly token: UserToken
  readonly caller: { readonly ip: string; readonly traceId: string | null }
  readonly nowMs: number
}
