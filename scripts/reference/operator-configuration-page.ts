// docs/operate/configuration.md: how values reach the server and what is refused, for whoever runs
// it. The keys themselves are in the reference.
import { deprecatedTable, removedTable, secretTable } from './configuration-page.ts'
import { dangerTable, doubtfulSettings, refusedSettings } from './dangerous-settings.ts'
import { fillPage } from './markdown.ts'
import type { Page } from './page.ts'

export const operatorConfigurationPage: Page = {
  path: 'docs/operate/configuration.md',
  render: () =>
    fillPage('operator-configuration', {
      secrets: secretTable(),
      refused: dangerTable(refusedSettings),
      doubtful: dangerTable(doubtfulSettings),
      removed: removedTable(),
      deprecated: deprecatedTable(),
    }),
}
