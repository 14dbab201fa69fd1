// Metrics by OTLP (spec 08 §1): every ten seconds, all series that a scrape shows, out of the same
// cells. Nothing changes where things are counted.
import type * as SdkMetrics from '@opentelemetry/sdk-metrics'
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Cancel, type Clock, delay } from '../base/clock.ts'
import type { Log } from '../base/telemetry.ts'
import type { Metrics } from './metrics.ts'
import {
  closeExporter,
  exportMsMax,
  exportTo,
  failureLog,
  hrTime,
  type OtlpCounts,
  type OtlpTarget,
  otlpUrl,
  resourceAttributes,
  scopeName,
  setupTrouble,
} from './otlp.ts'
import type { ExposedMetric, Sample } from './samples.ts'

export interface MetricsPushOptions extends OtlpTarget {
  readonly metrics: Pick<Metrics, 'exposed' | 'refresh' | 'startedAtMs'>
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  readonly counts: OtlpCounts
}

export interface MetricsPush {
  /** Sends the last reading, for at most five seconds. */
  stop(): Promise<void>
}

const everyMs = 10_000

const packages = [
  '@opentelemetry/api',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-metrics-otlp-grpc',
]

/** Starts sending. A set-up that fails is logged, and nothing is sent. */
export async function startMetricsPush(options: MetricsPushOptions): Promise<MetricsPush> {
  try {
    return await setUp(options)
  } catch (error) {
    const { message, fields } = setupTrouble('metrics by OTLP', packages, error)
    options.log.error(message, fields)
    return { stop: () => Promise.resolve() }
  }
}

async function setUp(options: MetricsPushOptions): Promise<MetricsPush> {
  const { clock, counts, metrics } = options
  const [{ OTLPMetricExporter }, { resourceFromAttributes }, kinds] = await Promise.all([
    import('@opentelemetry/exporter-metrics-otlp-grpc'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-metrics'),
  ])
  const resource = resourceFromAttributes(resourceAttributes(options.version))
  const exporter = new OTLPMetricExporter({ url: otlpUrl(options), timeoutMillis: exportMsMax })
  const failures = failureLog(options.log, 'metrics')

  async function push(): Promise<void> {
    try {
      const period = { startedAtMs: metrics.startedAtMs, nowMs: clock.nowMs() }
      const read = metrics.exposed.map((metric) => metricData(metric, period, kinds))
      const scopeMetrics = [{ scope: { name: scopeName }, metrics: read }]
      await exportTo<ResourceMetrics>(exporter, { resource, scopeMetrics })
      failures.worked()
    } catch (error) {
      counts.lost.metrics += 1
      failures.failed(error)
    }
  }

  async function refreshAndPush(): Promise<void> {
    await metrics.refresh()
    await push()
  }

  let isStopped = false
  let cancel: Cancel = () => undefined
  let pushing: Promise<void> = Promise.resolve()
  const schedule = (): void => {
    cancel = clock.after(everyMs, () => {
      pushing = refreshAndPush().finally(() => {
        if (!isStopped) schedule()
      })
    })
  }
  schedule()
  return {
    async stop() {
      isStopped = true
      cancel()
      // Nobody is left to be asked: the last reading has what this thread has counted.
      await Promise.race([pushing.then(push), delay(clock, exportMsMax)])
      await closeExporter(clock, exporter)
    },
  }
}

interface Period {
  readonly startedAtMs: number
  readonly nowMs: number
}

/** A metric as the exporter takes it. */
function metricData(
  { name, help, type, samples }: ExposedMetric,
  { startedAtMs, nowMs }: Period,
  {
    AggregationTemporality,
    DataPointType,
  }: Pick<typeof SdkMetrics, 'AggregationTemporality' | 'DataPointType'>,
): MetricData {
  const times = { startTime: hrTime(startedAtMs), endTime: hrTime(nowMs) }
  const common = {
    descriptor: {
      name,
      description: help,
      unit: name.includes('_seconds') ? 's' : '',
      valueType: 1,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  if (type === 'histogram') {
    const dataPoints = histogramPoints(samples(), times)
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = samples().map(({ labels, value }) => ({ ...times, attributes: labels, value }))
  return type === 'gauge'
    ? { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
}

type Times = Pick<DataPoint<number>, 'startTime' | 'endTime'>

/** The lines of a histogram come together: its buckets, which add up, then its sum and count. */
function histogramPoints(samples: readonly Sample[], times: Times): DataPoint<Histogram>[] {
  const points: DataPoint<Histogram>[] = []
  let boundaries: number[] = []
  let counts: number[] = []
  let below = 0
  let sum = 0
  for (const { metricName = '', labels, value } of samples) {
    if (metricName.endsWith('_bucket')) {
      counts.push(value - below)
      below = value
      if (labels['le'] !== '+Inf') boundaries.push(Number(labels['le']))
    } else if (metricName.endsWith('_sum')) {
      sum = value
    } else {
      const histogram = { buckets: { boundaries, counts }, sum, count: value }
      points.push({ ...times, attributes: labels, value: histogram })
      boundaries = []
      counts = []
      below = 0
    }
  }
  return points
}
