// docs/reference/metrics.md: every series of the scrape, from the catalogue.
import {
  labelValues,
  type MetricDefinition,
  metrics,
  otherLabel,
  secondBounds,
} from '../../src/telemetry/metric-names.ts'
import { code, codes, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

const definitions: readonly MetricDefinition[] = Object.values(metrics)

const isOf =
  (...prefixes: readonly string[]) =>
  ({ name }: MetricDefinition): boolean =>
    prefixes.some((prefix) => name.startsWith(prefix))

const isActor = isOf('authserver_actor_')
const isHttp = isOf('authserver_http_')
const isProcess = isOf('process_', 'nodejs_')

export const metricsPage: Page = {
  path: 'docs/reference/metrics.md',
  render: () => {
    const parts = {
      application: definitions.filter((of) => !isActor(of) && !isHttp(of) && !isProcess(of)),
      http: definitions.filter(isHttp),
      actors: definitions.filter(isActor),
      process: definitions.filter(isProcess),
    }
    return fillPage('metrics', {
      application: seriesTable(parts.application),
      http: seriesTable(parts.http),
      actors: seriesTable(parts.actors),
      process: seriesTable(parts.process),
      labels: labelTable(),
      bounds: `Buckets of histograms, in seconds: ${codes(secondBounds.map(String))}.`,
    })
  },
}

function seriesTable(series: readonly MetricDefinition[]): string {
  const rows = series.map(({ name, type, labels, help }) => [code(name), type, codes(labels), help])
  return table(['Name', 'Type', 'Labels', 'Tells'], rows)
}

/** The label that a set belongs to, and the metrics where it says something of its own. */
const labelOf: Readonly<
  Record<keyof typeof labelValues, readonly [label: string, of: readonly MetricDefinition[]]>
> = {
  grantType: ['grant_type', [metrics.tokensIssued, metrics.tokenIssuanceSeconds]],
  clientSource: ['source', [metrics.clientsRegistered]],
  revocationReason: ['reason', [metrics.tokensRevoked]],
  codeVerifier: ['verifier', [metrics.codeReuse]],
  revocationPath: ['path', [metrics.revocationFailures]],
  revocationHalf: ['half', [metrics.revocationFailures]],
  proofResult: ['result', [metrics.proofsValidated]],
  proofFault: ['reason', [metrics.proofsRejected]],
  loginResult: ['result', [metrics.loginAttempts]],
  consentDecision: ['decision', [metrics.consentDecisions]],
  introspectionResult: ['result', [metrics.introspections]],
  suppressedFetch: ['reason', [metrics.documentFetchesSuppressed]],
  resourceOp: ['op', [metrics.resourceServerOps]],
  allowlistOp: ['op', [metrics.allowlistOps]],
  otlpSignal: ['signal', [metrics.otlpLost]],
  suppressionReason: ['reason', [metrics.tracesSuppressed]],
}

function labelTable(): string {
  const sets = Object.entries(labelValues) as readonly [
    keyof typeof labelValues,
    readonly string[],
  ][]
  const rows = sets.map(([set, values]) => {
    const [label, of] = labelOf[set]
    return [code(label), codes(values), codes(of.map(({ name }) => name))]
  })
  const rest = `\`${otherLabel}\` stands for every value outside its set.`
  return `${table(['Label', 'Values', 'Of'], rows)}\n\n${rest}`
}
