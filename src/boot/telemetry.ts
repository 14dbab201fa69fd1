// Log, metrics and traces of the running server, and what they are exported by (spec 06 §7 step 2,
// 08 §1, §3, §4). Nothing of OpenTelemetry is loaded unless the configuration asks for it.
import packageFile from '../../package.json' with { type: 'json' }
import { systemClock } from '../base/clock.ts'
import type { ActorSnapshot } from '../base/meters.ts'
import { systemRandom } from '../base/random.ts'
import { silentTracer } from '../base/telemetry.ts'
import type { Config } from '../config/schema.ts'
import { auditActions } from '../records/audit-event.ts'
import { createLog, type ServiceLog } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { createOtlpCounts, type OtlpCounts } from '../telemetry/otlp.ts'
import { openOtlpLogs } from '../telemetry/otlp-logs.ts'
import { startMetricsPush } from '../telemetry/otlp-metrics.ts'
import type { ActiveRows } from '../telemetry/scrape.ts'
import { startTracing, type Tracing } from '../telemetry/tracing.ts'

export interface Telemetry {
  readonly log: ServiceLog
  readonly metrics: Metrics
  readonly tracing: Tracing
  /** Sends what waits to be sent: traces, metrics, then the log, five seconds each at most. */
  stop(): Promise<void>
}

export interface TelemetrySources {
  readonly collectActors: () => Promise<readonly ActorSnapshot[]>
  readonly countActive: () => Promise<ActiveRows>
}

interface Stoppable {
  stop(): Promise<void>
}

const version = packageFile.version
const idle: Stoppable = { stop: () => Promise.resolve() }

/** Opens everything that the configuration asks for. What cannot be set up is logged and off. */
export async function openTelemetry(config: Config, sources: TelemetrySources): Promise<Telemetry> {
  const counts = createOtlpCounts()
  const { log, exported } = await openLog(config, counts)
  const metrics = createMetrics({
    ...sources,
    databasePath: config.storage.sqlite.path,
    auditActions,
    otlp: counts,
    clock: systemClock,
    log,
  })
  const push = await openPush(config, { metrics, counts, log })
  const tracing = await openTracing(config, { counts, log })
  return {
    log,
    metrics,
    tracing,
    async stop() {
      await tracing.stop()
      await push.stop()
      metrics.stop()
      await exported.stop()
    },
  }
}

/** Stdout stays while lines cannot be exported: a server without any log helps nobody. */
async function openLog(
  config: Config,
  counts: OtlpCounts,
): Promise<{ readonly log: ServiceLog; readonly exported: Stoppable }> {
  const { outputs, ...shape } = config.observability.logging
  const exported = outputs.otel
    ? await openOtlpLogs({
        endpoint: outputs.otelEndpoint,
        insecure: outputs.insecure,
        version,
        clock: systemClock,
        counts,
      })
    : { ...idle, sink: null, trouble: null }
  const write = outputs.stdout || (outputs.otel && exported.sink === null) ? null : 'nowhere'
  const log = createLog({ ...shape, write, sink: exported.sink })
  if (exported.trouble !== null) log.error(exported.trouble.message, exported.trouble.fields)
  return { log, exported }
}

async function openPush(
  { observability: { metrics: settings } }: Config,
  given: { readonly metrics: Metrics; readonly counts: OtlpCounts; readonly log: ServiceLog },
): Promise<Stoppable> {
  if (settings.provider !== 'otel' && settings.provider !== 'both') return idle
  return startMetricsPush({
    ...given,
    endpoint: settings.otelEndpoint,
    insecure: settings.insecure,
    version,
    clock: systemClock,
  })
}

async function openTracing(
  { observability: { tracing } }: Config,
  given: { readonly counts: OtlpCounts; readonly log: ServiceLog },
): Promise<Tracing> {
  if (!tracing.enabled) return { ...idle, tracer: silentTracer, isOn: false }
  return startTracing({
    ...given,
    endpoint: tracing.endpoint,
    insecure: tracing.insecure,
    sampleRate: tracing.sampleRate,
    version,
    clock: systemClock,
    random: systemRandom(),
  })
}
