// Audit rows of what users answer (spec 08 §5).
import type { AuditEvent } from '../../records/audit-event.ts'
import type { Authorization } from '../../records/authorization.ts'
import type { Visitor } from '../login/login-audit.ts'
import type { Services } from '../services.ts'

/** Row of an answer; `scopes` null = the answer was no. */
export function consentEvent(
  { clock, random }: Pick<Services, 'clock' | 'random'>,
  visitor: Visitor,
  answer: { readonly authorization: Authorization; readonly scopes: readonly string[] | null },
): AuditEvent {
  const { authorization, scopes } = answer
  const nowMs = clock.nowMs()
  const resource = `resource=${authorization.resource}`
  return {
    id: random.uuidV7(nowMs),
    action: scopes === null ? 'consent.denied' : 'consent.granted',
    actorId: authorization.userId,
    clientId: authorization.clientId,
    ip: visitor.ip,
    detail: scopes === null ? resource : `${resource} scopes=${scopes.join(' ')}`,
    traceId: visitor.trace?.traceId ?? '',
    createdAtMs: nowMs,
  }
}
