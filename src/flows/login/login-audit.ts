// Audit rows of sign-in, sign-out and change of password (spec 08 §5). They name accounts by id and
// never by what was typed in.
import { rfc3339Seconds } from '../../base/instant.ts'
import type { TraceContext } from '../../base/telemetry.ts'
import type { AuditAction, AuditEvent } from '../../records/audit-event.ts'
import type { Services } from '../services.ts'

/** Where a request of a browser comes from. */
export interface Visitor {
  readonly ip: string
  readonly trace: TraceContext | null
}

type LoginAction = Extract<
  AuditAction,
  | 'user.login'
  | 'user.login_failed'
  | 'user.password_changed'
  | 'auth.locked_out'
  | 'session.revoked'
>

/** Row of something that a user, or somebody who would be one, did in a browser. */
export function loginEvent(
  { clock, random }: Pick<Services, 'clock' | 'random'>,
  visitor: Visitor,
  event: { readonly action: LoginAction; readonly actorId: string; readonly detail: string },
): AuditEvent {
  const nowMs = clock.nowMs()
  return {
    ...event,
    id: random.uuidV7(nowMs),
    clientId: '',
    ip: visitor.ip,
    traceId: visitor.trace?.traceId ?? '',
    createdAtMs: nowMs,
  }
}

/** Row of the beginning of a lockout. */
export function lockedOutEvent(
  stamp: Pick<Services, 'clock' | 'random'>,
  visitor: Visitor,
  untilMs: number,
): AuditEvent {
  const detail = `until=${rfc3339Seconds(untilMs)}`
  return loginEvent(stamp, visitor, { action: 'auth.locked_out', actorId: '', detail })
}
