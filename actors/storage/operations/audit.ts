// Audit rows (spec 07 §3.5, decision D1).
import type { AuditAction, AuditEvent } from '../../../src/records/audit-event.ts'
import { instantText } from '../dialect.ts'
import { change, instant, type Operation, type Row, sql, text } from '../sql.ts'
import type { RowSet, RowShape } from '../unit.ts'

const columns = [
  'id',
  'action',
  'actor_id',
  'client_id',
  'ip',
  'detail',
  'trace_id',
  'created_at',
] as const

const auditShape: RowShape = { table: 'audit_events', columns, foreignKey: null }

const issuanceAuditShape: RowShape = {
  table: 'audit_events',
  columns: [...columns, 'has_issuance'],
  foreignKey: null,
}

/** The row of an event, for units that are declared as rows. */
export function auditRow(event: AuditEvent): RowSet {
  return { shape: auditShape, rows: [valuesOf(event)] }
}

/** The row of a token whose issuance has the same id and is written beside it (B48). */
export function issuanceAuditRow(event: AuditEvent): RowSet {
  return { shape: issuanceAuditShape, rows: [[...valuesOf(event), 1]] }
}

function valuesOf(event: AuditEvent): readonly string[] {
  return [
    event.id,
    event.action,
    event.actorId,
    event.clientId,
    event.ip,
    event.detail,
    event.traceId,
    instantText(event.createdAtMs),
  ]
}

/** Writes the row of an event inside a unit: without its trace the unit does not happen. */
export function* insertAudit(event: AuditEvent): Operation<void> {
  yield* change(sql`
    INSERT INTO audit_events (id, action, actor_id, client_id, ip, detail, trace_id, created_at)
    VALUES (${event.id}, ${event.action}, ${event.actorId}, ${event.clientId}, ${event.ip},
      ${event.detail}, ${event.traceId}, ${instantText(event.createdAtMs)})`)
}

/** An event as it was written. */
export function auditEventOf(row: Row): AuditEvent {
  return {
    id: text(row, 'id'),
    // Also one that only another version of this program knows: a log is to be read.
    action: text(row, 'action') as AuditAction,
    actorId: text(row, 'actor_id'),
    clientId: text(row, 'client_id'),
    ip: text(row, 'ip'),
    detail: text(row, 'detail'),
    traceId: text(row, 'trace_id'),
    createdAtMs: instant(row, 'created_at'),
  }
}
