// Audit events as the body of an answer (B42): text in pieces of one page, at the reader's pace.
import { type AuditFormat, auditText } from '../../flows/admin/audit-text.ts'
import type { AuditEvent } from '../../records/audit-event.ts'

export const ndjsonMediaType = 'application/x-ndjson'
export const csvMediaType = 'text/csv'

/** Value of `Content-Type` per format. */
export const exportContentTypes: Readonly<Record<AuditFormat, string>> = {
  ndjson: ndjsonMediaType,
  csv: `${csvMediaType}; charset=utf-8; header=present`,
}

/** The text of an export, in pieces of one page. */
export async function* renderExport(
  format: AuditFormat,
  pages: AsyncIterable<readonly AuditEvent[]>,
): AsyncGenerator<string> {
  const { head, rows } = auditText[format]
  if (head !== '') yield head
  for await (const events of pages) {
    if (events.length > 0) yield rows(events)
  }
}
