// docs/reference/audit-events.md: every action that the audit log knows, from its catalogue.
import { auditCatalogue } from '../../src/records/audit-event.ts'
import { code, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

export const auditEventsPage: Page = {
  path: 'docs/reference/audit-events.md',
  render: () => {
    const rows = Object.entries(auditCatalogue).map(([action, { when, detail }]) => [
      code(action),
      when,
      code(detail),
    ])
    return fillPage('audit-events', { actions: table(['Action', 'When', '`detail`'], rows) })
  },
}
