// The log by OTLP (spec 08 §3): every line as a record, in batches; one that finds no room or no
// collector is counted and gone, and no request waits for any of it.
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Clock } from '../base/clock.ts'
import type { LogFields, LogLevel } from '../base/telemetry.ts'
import { createBatcher } from './batcher.ts'
import {
  closeExporter,
  exportMsMax,
  exportTo,
  hrTime,
  type OtlpCounts,
  type OtlpTarget,
  otlpUrl,
  resourceAttributes,
  scopeName,
  setupTrouble,
  type Trouble,
} from './otlp.ts'

export interface OtlpLogsOptions extends OtlpTarget {
  readonly version: string
  readonly clock: Clock
  readonly counts: OtlpCounts
}

/** A line on its way, cleaned and cut like those on stdout. */
export interface LogRecord {
  readonly atMs: number
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

export interface OtlpLogs {
  /** Takes a line; null when the set-up failed. */
  readonly sink: ((record: LogRecord) => void) | null
  /** Why there is no sink, for whatever log there is. */
  readonly trouble: Trouble | null
  /** Sends what is left, for at most five seconds. */
  stop(): Promise<void>
}

const batch = { itemsMax: 16_384, batchItemsMax: 128, everyMs: 1000 } as const

const packages = [
  '@opentelemetry/api',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-logs-otlp-grpc',
]

/** Opens the way to the collector. Never rejects: the log goes on without it. */
export async function openOtlpLogs(options: OtlpLogsOptions): Promise<OtlpLogs> {
  try {
    return await setUp(options)
  } catch (error) {
    const trouble = setupTrouble('the log by OTLP', packages, error)
    return { sink: null, trouble, stop: () => Promise.resolve() }
  }
}

async function setUp(options: OtlpLogsOptions): Promise<OtlpLogs> {
  const { clock, counts } = options
  const [{ OTLPLogExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-logs-otlp-grpc'),
    import('@opentelemetry/resources'),
  ])
  const resource = resourceFromAttributes(resourceAttributes(options.version))
  const exporter = new OTLPLogExporter({ url: otlpUrl(options), timeoutMillis: exportMsMax })
  const records = createBatcher<LogRecord>({
    clock,
    ...batch,
    send: (lines) =>
      exportTo(
        exporter,
        lines.map((line) => readableRecord(line, resource)),
      ),
    // A line about lines that are lost would be lost as well: the count has to do.
    onLost: (count) => {
      counts.lost.logs += count
    },
  })
  return {
    sink: records.add,
    trouble: null,
    async stop() {
      await records.stop(exportMsMax)
      await closeExporter(clock, exporter)
    },
  }
}

/** As OpenTelemetry's log data model counts severity. */
const severities: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 }
const scope = { name: scopeName }

function readableRecord(
  { atMs, level, message, fields }: LogRecord,
  resource: ReadableLogRecord['resource'],
): ReadableLogRecord {
  const { trace_id: traceId, span_id: spanId, ...attributes } = fields
  const isTraced = typeof traceId === 'string' && typeof spanId === 'string'
  return {
    hrTime: hrTime(atMs),
    hrTimeObserved: hrTime(atMs),
    severityNumber: severities[level],
    severityText: level.toUpperCase(),
    body: message,
    attributes: Object.fromEntries(
      Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined),
    ) as ReadableLogRecord['attributes'],
    ...(isTraced ? { spanContext: { traceId, spanId, traceFlags: 1 } } : {}),
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
  }
}
