// The metrics of this server (spec 08 §1): counts of the hot path in bound cells, everything
// else read when it is asked for, shown as Prometheus text by prom-client's registry.
import { type Gauge, Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { type CountMethods, createCounts } from './counts.ts'
import { monitorEventLoop, processSeries } from './process-series.ts'
import { type AnsweredRequest, createRequestCounts } from './request-counts.ts'
import type { ExposedMetric } from './samples.ts'
import { createScrape, type ScrapeOptions } from './scrape.ts'

export interface MetricsOptions extends ScrapeOptions {
  readonly clock: Clock
  /** Every action that an audit row can have. */
  readonly auditActions: readonly string[]
}

export interface Metrics extends CountMethods {
  countRequest(request: AnsweredRequest): void
  /** Everything as Prometheus text; calls at the same time share one reading. */
  render(): Promise<string>
  readonly contentType: string
  /** All metrics; what others keep is as of the last `refresh`. */
  readonly exposed: readonly ExposedMetric[]
  refresh(): Promise<void>
  /** When counting began, in ms since 1970. */
  readonly startedAtMs: number
  /** Ends the measurement of the event loop. */
  stop(): void
}

/** Makes the registry and all series. */
export function createMetrics(options: MetricsOptions): Metrics {
  const counts = createCounts(options.auditActions)
  const requests = createRequestCounts()
  const eventLoop = monitorEventLoop()
  const scrape = createScrape(options)
  const startedAtMs = options.clock.nowMs() - process.uptime() * 1000
  const registry = new Registry()
  const exposed = [
    ...requests.exposed,
    ...counts.exposed,
    ...scrape.exposed,
    eventLoop.exposed,
    ...processSeries(startedAtMs / 1000),
  ]
  for (const metric of exposed) registry.registerMetric(toRegistered(metric))

  let rendering: Promise<string> | null = null
  const render = async (): Promise<string> => {
    await scrape.refresh()
    return registry.metrics()
  }
  return {
    countRequest: requests.count,
    ...counts.methods,
    render: () => {
      rendering ??= render().finally(() => {
        rendering = null
      })
      return rendering
    },
    contentType: registry.contentType,
    exposed,
    refresh: scrape.refresh,
    startedAtMs,
    stop: eventLoop.stop,
  }
}

/** The registry asks nothing of a metric but `get`, which its types do not say. */
function toRegistered({ name, help, type, samples }: ExposedMetric): Gauge {
  const registered = {
    name,
    get: () => Promise.resolve({ name, help, type, values: samples(), aggregator: 'sum' }),
  }
  return registered as unknown as Gauge
}
