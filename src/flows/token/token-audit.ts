// Audit rows of the token endpoint (spec 08 §5).
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { OAuthError, type OAuthErrorCode } from '../../oauth/oauth-error.ts'
import type { Caller } from '../../oauth/token-request.ts'
import type { AuditAction, AuditEvent } from '../../records/audit-event.ts'
import type { Services } from '../services.ts'

/** What a row tells, beside when and from where. */
export interface TokenEvent {
  readonly action: AuditAction
  /** User id, client id, or empty. */
  readonly actorId: string
  readonly clientId: string
  readonly detail: string
}

/** A row about a request of `caller`. */
export function tokenEvent(
  stamp: Pick<Services, 'clock' | 'random'>,
  caller: Caller,
  event: TokenEvent,
): AuditEvent {
  const nowMs = stamp.clock.nowMs()
  return {
    ...event,
    id: stamp.random.uuidV7(nowMs),
    ip: caller.ip,
    traceId: caller.trace?.traceId ?? '',
    createdAtMs: nowMs,
  }
}

/** Row of a refusal to an authenticated client (D17). */
export function grantDenied(
  stamp: Pick<Services, 'clock' | 'random'>,
  caller: Caller,
  denial: {
    readonly action: 'token.issue_denied' | 'token.refresh_denied' | 'client_credentials.denied'
    readonly clientId: string
    readonly error: unknown
  },
): AuditEvent {
  const { action, clientId, error } = denial
  const detail = `reason=${denialReason(error)}`
  return tokenEvent(stamp, caller, { action, actorId: clientId, clientId, detail })
}

/** The error code that a request of a grant ends with. */
export function denialReason(error: unknown): OAuthErrorCode {
  if (error instanceof OAuthError) return error.code
  return error instanceof ActorError ? 'temporarily_unavailable' : 'server_error'
}
