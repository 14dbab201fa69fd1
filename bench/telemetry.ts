// What telemetry costs at full load: CPU per token with metrics, and with metrics and tracing of
// every request, against neither; and whether a scrape every second moves the latency. Rounds of
// off, metrics, scraped, traced, off …, a fresh process and database each.
// Run: npm run bench:telemetry -- --rounds 5 --seconds 5
import { setTimeout as sleep } from 'node:timers/promises'
import type { Authserver } from './load/authserver.ts'
import { waitForCalm } from './load/calm.ts'
import { startCollector } from './load/collector.ts'
import type { Measurement } from './load/measure.ts'
import { measureAuthserver } from './load/session.ts'
import { summarize } from './load/summary.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { median, rounded } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  rounds: 5,
  connections: 64,
  seconds: 5,
  // More code takes longer to be compiled: with 3 s the compilers still work on what is measured.
  warmup: 8,
  clients: 1000,
  resources: 1,
  calm: 20,
})

interface Variant {
  readonly environment: Readonly<Record<string, string>>
  readonly isScraped: boolean
}

progress('preparing the database')
const workspace = await createWorkspace(settings)
const collector = await startCollector()

const variants = {
  off: { environment: { AUTHPLANE_METRICS_PROVIDER: 'none' }, isScraped: false },
  metrics: { environment: {}, isScraped: false },
  scraped: { environment: {}, isScraped: true },
  traced: {
    environment: {
      AUTHPLANE_TRACING_ENABLED: 'true',
      AUTHPLANE_TRACING_ENDPOINT: collector.endpoint,
      AUTHPLANE_TRACING_INSECURE: 'true',
      AUTHPLANE_TRACING_SAMPLE_RATE: '1',
    },
    isScraped: true,
  },
} as const satisfies Record<string, Variant>

type Name = keyof typeof variants

const names = Object.keys(variants) as readonly Name[]
const measured: Record<Name, Measurement[]> = { off: [], metrics: [], scraped: [], traced: [] }
let lastScrape = ''
let tracedBytes = 0
try {
  for (let number = 1; number <= settings.rounds; number += 1) {
    await waitForCalm(settings.calm * 1000)
    for (const name of names) measured[name].push(...(await measureVariant(variants[name])))
    const micros = names.map((name) => rounded(measured[name].at(-1)?.cpuMicros ?? Number.NaN, 1))
    progress(`round ${number}: ${micros.join(', ')} µs per token (${names.join(', ')})`)
  }
} finally {
  tracedBytes = await collector.stop()
  discardWorkspace(workspace)
}
if (tracedBytes === 0) throw new Error('no trace arrived at the collector')

const result = {
  cpuRatio: {
    metrics: ratios('metrics', 'off', ({ cpuMicros }) => cpuMicros),
    scraped: ratios('scraped', 'off', ({ cpuMicros }) => cpuMicros),
    traced: ratios('traced', 'off', ({ cpuMicros }) => cpuMicros),
  },
  p99Ratio: { scraped: ratios('scraped', 'metrics', ({ latencyMs }) => latencyMs.p99) },
  telemetry: telemetrySeries(lastScrape),
  ...Object.fromEntries(names.map((name) => [name, summarize(measured[name])])),
  rounds: measured,
}

publish({ name: 'telemetry', settings, result }, isJson, () => {
  console.table(Object.fromEntries(names.map((name) => [name, summarize(measured[name]).row])))
  console.log('CPU per token against off, by round:')
  console.table(result.cpuRatio)
  console.log('p99 with a scrape every second against none:')
  console.table(result.p99Ratio)
  console.log(result.telemetry.join('\n'))
})

function measureVariant({ environment, isScraped }: Variant): Promise<readonly Measurement[]> {
  const { connections, seconds, warmup } = settings
  return measureAuthserver(
    {
      database: workspace.database,
      nodeOptions: [],
      environment,
      issuancesBefore: 0,
      ...(isScraped ? { beside: scrapeEverySecond } : {}),
    },
    { ...workspace, warmupSeconds: warmup, loads: [{ connections, seconds }] },
  )
}

/** Asks for the metrics as Prometheus would, until what it returns is called. */
function scrapeEverySecond({ metricsUrl }: Authserver): () => Promise<void> {
  let isStopped = false
  const scrape = async (): Promise<void> => {
    while (!isStopped) {
      const response = await fetch(metricsUrl)
      lastScrape = await response.text()
      if (!response.ok) throw new Error(`no metrics: ${response.status}`)
      await sleep(1000)
    }
  }
  const scraping = scrape()
  return async () => {
    isStopped = true
    await scraping
  }
}

/** Of each round, then their median. */
function ratios(name: Name, to: Name, pick: (one: Measurement) => number) {
  const each = measured[name].map((one, index) => {
    const other = measured[to][index]
    return other === undefined ? Number.NaN : rounded(pick(one) / pick(other), 2)
  })
  return { median: rounded(median(each), 2), each: each.join(', ') }
}

/** What the traced server said of its own exports. */
function telemetrySeries(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => /^authserver_(?:traces_suppressed|otlp_lost)_total/.test(line))
}
