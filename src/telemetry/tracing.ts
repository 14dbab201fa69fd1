// Export of traces over OTLP (spec 08 §4). At full load the export of every trace would cost as
// much as the tokens themselves, therefore at most so many traces per second are recorded; the
// others keep their ids for log and audit, and are counted.
import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { type Log, silentTracer, type TraceContext, type Tracer } from '../base/telemetry.ts'
import { fullBucket, takeToken } from '../base/token-bucket.ts'
import { type Batcher, createBatcher } from './batcher.ts'
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
import { createTracer, type SpanRecord } from './tracer.ts'

export interface TracingOptions extends OtlpTarget {
  readonly sampleRate: number
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly counts: OtlpCounts
}

export interface Tracing {
  readonly tracer: Tracer
  /** Whether spans are exported; false when the set-up failed. */
  readonly isOn: boolean
  /** Exports what is left, for at most five seconds. */
  stop(): Promise<void>
}

/**
 * The trace of a token is 5 spans of 12 µs, most of it for the exporter's encoding: half as much
 * as the token itself. 500 of them per second are 3 µs per token at 10,000 tokens per second, and
 * stay below a quarter of a token at every load.
 */
export const tracesPerSecondMax = 500
const spansWaitingMax = 16_384
/** From here on no new trace is recorded, so that those under way find room for all their spans. */
const loadMax = 0.5
const batch = { itemsMax: spansWaitingMax, batchItemsMax: 64, everyMs: 1000 } as const
const attributeCharactersMax = 1024

const packages = [
  '@opentelemetry/api',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-grpc',
]

/** Starts exporting. A set-up that fails is logged, and nothing is traced. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  try {
    return await setUp(options)
  } catch (error) {
    const { message, fields } = setupTrouble('tracing', packages, error)
    options.log.error(message, fields)
    return { tracer: silentTracer, isOn: false, stop: () => Promise.resolve() }
  }
}

async function setUp(options: TracingOptions): Promise<Tracing> {
  const { clock, random, counts, sampleRate } = options
  const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-grpc'),
    import('@opentelemetry/resources'),
  ])
  const resource = resourceFromAttributes(resourceAttributes(options.version))
  const exporter = new OTLPTraceExporter({
    url: otlpUrl(options),
    timeoutMillis: exportMsMax,
  })
  const failures = failureLog(options.log, 'traces')
  const epochOf = epochReader(clock)
  const spans = createBatcher<SpanRecord>({
    clock,
    ...batch,
    async send(records) {
      const epochMs = epochOf()
      await exportTo(
        exporter,
        records.map((record) => readableSpan(record, epochMs, resource)),
      )
      failures.worked()
    },
    onLost(count, error) {
      counts.lost.traces += count
      if (error !== null) failures.failed(error)
    },
  })
  const admit = admission(clock, spans, counts)
  const tracer = createTracer({ clock, random, sampleRate, admit, record: spans.add })
  return {
    tracer,
    isOn: true,
    async stop() {
      await spans.stop(exportMsMax)
      await closeExporter(clock, exporter)
    },
  }
}

/** As long as the wall clock jumps no further, spans of one trace keep their order. */
const clockJumpMs = 5

/** The instant at which the monotonic clock read 0; it moves only when the wall clock was set. */
function epochReader(clock: Clock): () => number {
  let epochMs = clock.nowMs() - clock.monotonicMs()
  return () => {
    const nowMs = clock.nowMs() - clock.monotonicMs()
    if (Math.abs(nowMs - epochMs) > clockJumpMs) epochMs = nowMs
    return epochMs
  }
}

/** Room for whole traces: by their rate, and by how much still waits for the collector. */
function admission(clock: Clock, spans: Batcher<SpanRecord>, counts: OtlpCounts): () => boolean {
  const rate = { perSecond: tracesPerSecondMax, burst: tracesPerSecondMax }
  const bucket = fullBucket(rate, clock.monotonicMs())
  return () => {
    if (!takeToken(bucket, rate, clock.monotonicMs())) {
      counts.suppressedTraces.rate += 1
      return false
    }
    if (spans.load() < loadMax) return true
    counts.suppressedTraces.backlog += 1
    return false
  }
}

const scope = { name: scopeName }
const internalKind = 0
const serverKind = 1
const unset = { code: 0 }
const errorCode = 2

/** A record as the exporter takes it; `epochMs` is the instant at which the clock read 0. */
function readableSpan(
  record: SpanRecord,
  epochMs: number,
  resource: ReadableSpan['resource'],
): ReadableSpan {
  const { context, parent, failure } = record
  const own = spanContext(context, false)
  return {
    name: record.name.slice(0, attributeCharactersMax),
    kind: record.isEntry ? serverKind : internalKind,
    spanContext: () => own,
    ...(parent === null ? {} : { parentSpanContext: spanContext(parent, record.isEntry) }),
    startTime: hrTime(epochMs + record.startedMs),
    endTime: hrTime(epochMs + record.endedMs),
    duration: hrTime(record.endedMs - record.startedMs),
    status: failure === null ? unset : { code: errorCode, message: failure },
    attributes: shortened(record),
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function spanContext({ traceId, spanId }: TraceContext, isRemote: boolean) {
  return { traceId, spanId, traceFlags: 1, isRemote }
}

/** Paths are as long as their senders want. */
function shortened({ attributes }: SpanRecord): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, attributeCharactersMax) : value,
    ]),
  )
}
