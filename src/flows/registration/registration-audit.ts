// Audit rows of clients that come by themselves (spec 08 §5): by registration or by their document.
import type { TraceContext } from '../../base/telemetry.ts'
import type { AuditAction, AuditEvent } from '../../records/audit-event.ts'
import type { Services } from '../services.ts'

/** Row of something that a client did for itself; `ip` is empty when nobody asked for it. */
export function clientEvent(
  { clock, random }: Pick<Services, 'clock' | 'random'>,
  clientId: string,
  event: {
    readonly action: Extract<AuditAction, 'client.registered' | 'client.refreshed'>
    readonly ip: string
    readonly detail: string
    readonly trace: TraceContext | null
  },
): AuditEvent {
  const nowMs = clock.nowMs()
  return {
    id: random.uuidV7(nowMs),
    action: event.action,
    actorId: clientId,
    clientId,
    ip: event.ip,
    detail: event.detail,
    traceId: event.trace?.traceId ?? '',
    createdAtMs: nowMs,
  }
}
