// Audit events as a file (B42): one JSON document per line, or CSV (RFC 4180). Kept with the use
// cases because both transports write the same.
import { csvLine } from '../../base/csv.ts'
import type { AuditEvent } from '../../records/audit-event.ts'
import { auditEventView } from './views.ts'

/** The first is the default. */
export const auditFormats = ['ndjson', 'csv'] as const
export type AuditFormat = (typeof auditFormats)[number]

interface TextForm {
  /** What stands before the first event. */
  readonly head: string
  readonly rows: (events: readonly AuditEvent[]) => string
}

const columns = [
  'id',
  'action',
  'actor_id',
  'client_id',
  'ip',
  'detail',
  'trace_id',
  'created_at',
] as const satisfies readonly (keyof ReturnType<typeof auditEventView>)[]

/** How the text of a file is made, page by page. */
export const auditText: Readonly<Record<AuditFormat, TextForm>> = {
  ndjson: {
    head: '',
    rows: (events) => events.map((event) => `${JSON.stringify(auditEventView(event))}\n`).join(''),
  },
  csv: {
    head: csvLine(columns),
    rows: (events) =>
      events
        .map(auditEventView)
        .map((view) => csvLine(columns.map((column) => view[column])))
        .join(''),
  },
}
