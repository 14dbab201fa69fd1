// All generated files, in the order in which they are written: the index reads the others.
import { renderExample } from '../../src/config/example.ts'
import { adminApiPage, publicApiPage } from './api-pages.ts'
import { attackPage } from './attack-page.ts'
import { auditEventsPage } from './audit-events-page.ts'
import { cliPage } from './cli-page.ts'
import { compatibilityPage } from './compatibility-page.ts'
import { compliancePage } from './compliance-page.ts'
import { configurationPage } from './configuration-page.ts'
import { errorsPage } from './errors-page.ts'
import { indexPage } from './index-page.ts'
import { metricsPage } from './metrics-page.ts'
import { operatorConfigurationPage } from './operator-configuration-page.ts'
import type { Page } from './page.ts'

export const pages: readonly Page[] = [
  { path: 'config.example.yaml', render: renderExample },
  operatorConfigurationPage,
  configurationPage,
  adminApiPage,
  publicApiPage,
  cliPage,
  metricsPage,
  errorsPage,
  auditEventsPage,
  attackPage,
  compliancePage,
  compatibilityPage,
  indexPage,
]
