// Audit rows (spec 07 §3.5, decision D1).
import type { AuditAction, AuditEvent } from '../../../src/records/audit-event.ts'
import { instantText } from '../dialect.ts'
import {
  insert,
  instant,
  type Operation,
  type Row,
  type RowSet,
  type RowShape,
  text,
} from '../sql.ts'

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

const auditShape: RowShape<never> = {
  table: 'audit_events',
  columns,
  foreignKey: null,
  conflict: null,
}

const issuanceAuditShape: RowShape<never> = {
  ...auditShape,
  columns: [...columns, 'has_issuance'],
}

/** The row of an event, for units that are declared as rows. */
export function auditRow(event: AuditEvent): RowSet<never> {
  return { shape: auditShape, rows: [valuesOf(event)] }
}

/** The row of a token whose issuance has the same id and is written beside it (B48). */
export function issuanceAuditRow(event: AuditEvent): RowSet<never> {
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
  yield* insert(auditRow(event))
}

/** The same for a token's row, beside its issuance if it has one. */
export function* insertTokenAudit(event: AuditEvent, hasIssuance: boolean): Operation<void> {
  yield* insert(hasIssuance ? issuanceAuditRow(event) : auditRow(event))
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
