// A collector as a server meets one: gRPC on a free port, which decodes what arrives and keeps it.

import { join } from 'node:path'
import {
  loadPackageDefinition,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

type Attributes = Readonly<Record<string, string | number | boolean>>

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty at the top of a trace. */
  readonly parentSpanId: string
  readonly name: string
  /** 1 = internal, 2 = server. */
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  /** 0 = unset, 2 = error. */
  readonly statusCode: number
}

export interface ReceivedLog {
  readonly severity: string
  readonly body: string
  readonly attributes: Attributes
  readonly traceId: string
  readonly spanId: string
}

export interface ReceivedMetric {
  readonly name: string
  readonly type: 'gauge' | 'sum' | 'histogram'
  readonly unit: string
  readonly points: readonly {
    readonly attributes: Attributes
    /** Of a histogram its count. */
    readonly value: number
    readonly bucketCounts: readonly number[]
    readonly bounds: readonly number[]
  }[]
}

export interface Collector {
  /** `host:port` of its listener, without TLS. */
  readonly endpoint: string
  readonly spans: readonly ReceivedSpan[]
  readonly logs: readonly ReceivedLog[]
  /** As of the last export. */
  readonly metrics: readonly ReceivedMetric[]
  /** Attributes of every resource that exported anything. */
  readonly resources: readonly Attributes[]
  /** Resolves when `isEnough`; looked at after every export. */
  received(isEnough: () => boolean): Promise<void>
  stop(): void
}

const receivedMsMax = 15_000

/** Starts a collector. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  const logs: ReceivedLog[] = []
  const metrics: ReceivedMetric[] = []
  const resources: Attributes[] = []
  const looking = new Set<() => void>()
  const takes = (keep: (request: Message) => void) => (request: Message) => {
    keep(request)
    for (const look of looking) look()
  }
  const server = new Server()
  serve(
    server,
    'Trace',
    takes((request) => {
      for (const { resource, scopeSpans } of list(request['resourceSpans'])) {
        resources.push(attributesOf(resource))
        spans.push(...list(scopeSpans).flatMap((scope) => list(scope['spans']).map(spanOf)))
      }
    }),
  )
  serve(
    server,
    'Logs',
    takes((request) => {
      for (const { resource, scopeLogs } of list(request['resourceLogs'])) {
        resources.push(attributesOf(resource))
        logs.push(...list(scopeLogs).flatMap((scope) => list(scope['logRecords']).map(logOf)))
      }
    }),
  )
  serve(
    server,
    'Metrics',
    takes((request) => {
      metrics.length = 0
      for (const { resource, scopeMetrics } of list(request['resourceMetrics'])) {
        resources.push(attributesOf(resource))
        metrics.push(...list(scopeMetrics).flatMap((scope) => list(scope['metrics']).map(metricOf)))
      }
    }),
  )
  const port = await listen(server)
  return {
    endpoint: `127.0.0.1:${port}`,
    spans,
    logs,
    metrics,
    resources,
    received: (isEnough) =>
      new Promise((resolve, reject) => {
        const settle = (then: () => void): void => {
          clearTimeout(timer)
          looking.delete(look)
          then()
        }
        const look = (): void => {
          if (isEnough()) settle(resolve)
        }
        const timer = setTimeout(() => {
          settle(() =>
            reject(new Error(`not enough arrived: ${spans.length} spans, ${logs.length} logs`)),
          )
        }, receivedMsMax)
        looking.add(look)
        look()
      }),
    stop: () => server.forceShutdown(),
  }
}

type Message = Readonly<Record<string, unknown>>

const paths = {
  Trace: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  Logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  Metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const

/** The services by the short names of our own file, at the paths that exporters call. */
function serve(server: Server, name: keyof typeof paths, take: (request: Message) => void): void {
  const loaded = loadPackageDefinition(
    loadSync(join(import.meta.dirname, 'collector.proto'), { longs: Number }),
  )
  const services = loaded['otlp'] as unknown as Record<string, ServiceClientConstructor>
  const definition = services[name]?.service['Export'] as MethodDefinition<Message, Message>
  server.addService(
    { Export: { ...definition, path: paths[name] } },
    {
      Export: (
        call: { readonly request: Message },
        answer: (error: null, response: Message) => void,
      ) => {
        take(call.request)
        answer(null, {})
      },
    },
  )
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port)
      else reject(error)
    })
  })
}

function list(value: unknown): readonly Message[] {
  return Array.isArray(value) ? value : []
}

function attributesOf(holder: unknown): Attributes {
  const pairs = list((holder as Message | null)?.['attributes']).map(({ key, value }) => {
    const any = value as Message
    const [kind = ''] = Object.keys(any)
    return [String(key), any[kind]] as const
  })
  return Object.fromEntries(pairs) as Attributes
}

const hex = (bytes: unknown): string => (Buffer.isBuffer(bytes) ? bytes.toString('hex') : '')

function spanOf(span: Message): ReceivedSpan {
  return {
    traceId: hex(span['traceId']),
    spanId: hex(span['spanId']),
    parentSpanId: hex(span['parentSpanId']),
    name: String(span['name']),
    kind: Number(span['kind']),
    startMs: Number(span['startTimeUnixNano']) / 1e6,
    endMs: Number(span['endTimeUnixNano']) / 1e6,
    attributes: attributesOf(span),
    statusCode: Number((span['status'] as Message | undefined)?.['code'] ?? 0),
  }
}

function logOf(record: Message): ReceivedLog {
  return {
    severity: String(record['severityText']),
    body: String((record['body'] as Message | undefined)?.['stringValue']),
    attributes: attributesOf(record),
    traceId: hex(record['traceId']),
    spanId: hex(record['spanId']),
  }
}

function metricOf(metric: Message): ReceivedMetric {
  const type = (['gauge', 'sum', 'histogram'] as const).find((kind) => metric[kind] !== undefined)
  const data = metric[type ?? ''] as Message | undefined
  return {
    name: String(metric['name']),
    type: type ?? 'gauge',
    unit: String(metric['unit'] ?? ''),
    points: list(data?.['dataPoints']).map((point) => ({
      attributes: attributesOf(point),
      value: Number(point['asDouble'] ?? point['count']),
      bucketCounts: (point['bucketCounts'] ?? []) as readonly number[],
      bounds: (point['explicitBounds'] ?? []) as readonly number[],
    })),
  }
}
