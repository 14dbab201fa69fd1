// Audit rows (spec 07 §3.5, decision D1).
import type { AuditEvent } from '../../../src/records/audit-event.ts'
import { instantText } from '../dialect.ts'
import { change, type Operation, sql } from '../sql.ts'
import type { RowSet, RowShape } from '../unit.ts'

const auditShape: RowShape = {
  table: 'audit_events',
  columns: ['id', 'action', 'actor_id', 'client_id', 'ip', 'detail', 'trace_id', 'created_at'],
  foreignKey: null,
}

/** The row of an event, for units that are declared as rows. */
export function auditRow(event: AuditEvent): RowSet {
  return {
    shape: auditShape,
    rows: [
      [
        event.id,
        event.action,
        event.actorId,
        event.clientId,
        event.ip,
        event.detail,
        event.traceId,
        instantText(event.createdAtMs),
      ],
    ],
  }
}

/** Writes the row of an event inside a unit: without its trace the unit does not happen. */
export function* insertAudit(event: AuditEvent): Operation<void> {
  yield* change(sql`
    INSERT INTO audit_events (id, action, actor_id, client_id, ip, detail, trace_id, created_at)
    VALUES (${event.id}, ${event.action}, ${event.actorId}, ${event.clientId}, ${event.ip},
      ${event.detail}, ${event.traceId}, ${instantText(event.createdAtMs)})`)
}
