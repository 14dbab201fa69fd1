// The metrics of this server (spec 08 §1): counts of the hot path in bound cells, everything
// else read at scrape time, shown as Prometheus text by prom-client's registry.
import { type Gauge, Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { ActorSnapshot, Histogram } from '../base/meters.ts'
import type { Log } from '../base/telemetry.ts'
import { actorSeries } from './actor-series.ts'
import { labelValues, metrics, otherLabel, secondBounds } from './metric-names.ts'
import { monitorEventLoop, processSeries } from './process-series.ts'
import {
  type Counter,
  counterFamily,
  type ExposedMetric,
  type Family,
  histogramFamily,
} from './samples.ts'

export interface MetricsOptions {
  readonly collectActors: () => Promise<readonly ActorSnapshot[]>
  /** Active clients in the store (B18). */
  readonly countActiveClients: () => Promise<number>
  readonly clock: Clock
  readonly log: Log
}

interface AnsweredRequest {
  readonly method: string
  /** Pattern of the matched route, or `unmatched`. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export interface Metrics {
  countRequest(request: AnsweredRequest): void
  /** An access token left by the token endpoint, `seconds` after its request arrived. */
  tokenIssued(grantType: string, seconds: number): void
  clientCredentialsDenied(reason: string): void
  authDenied(reason: string): void
  clientRegistered(source: string): void
  auditEventDropped(action: string): void
  keyRotated(): void
  keysReloaded(seconds: number): void
  /** Everything as Prometheus text; calls at the same time share one reading. */
  render(): Promise<string>
  readonly contentType: string
  /** Ends the measurement of the event loop. */
  stop(): void
}

/** Makes the registry and all series. */
export function createMetrics(options: MetricsOptions): Metrics {
  const counts = createCounts()
  const requests = createRequestCounts()
  const eventLoop = monitorEventLoop()
  const scrape = createScrape(options)
  const startedAtSeconds = options.clock.nowMs() / 1000 - process.uptime()
  const registry = new Registry()
  const exposed = [
    ...requests.exposed,
    ...counts.exposed,
    ...scrape.exposed,
    eventLoop.exposed,
    ...processSeries(startedAtSeconds),
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

function createCounts() {
  const tokensIssued = counterFamily(metrics.tokensIssued)
  const issuanceSeconds = histogramFamily(metrics.tokenIssuanceSeconds, secondBounds)
  const clientCredentialsIssued = counterFamily(metrics.clientCredentialsIssued)
  const clientCredentialsDenied = counterFamily(metrics.clientCredentialsDenied)
  const authDenied = counterFamily(metrics.authDenied)
  const clientsRegistered = counterFamily(metrics.clientsRegistered)
  const auditEventsDropped = counterFamily(metrics.auditEventsDropped)
  const keyRotations = counterFamily(metrics.keyRotations)
  const keyReloadSeconds = histogramFamily(metrics.keyReloadSeconds, secondBounds)

  const issued = bindAll(labelValues.grantType, (grantType) => ({
    total: tokensIssued.bind([grantType]),
    seconds: issuanceSeconds.bind([grantType]),
  }))
  const clientCredentials = clientCredentialsIssued.bind([])
  const registered = bindAll(labelValues.clientSource, (source) => clientsRegistered.bind([source]))
  const rotations = keyRotations.bind([])
  const reloads = keyReloadSeconds.bind([])
  return {
    methods: {
      tokenIssued: (grantType: string, seconds: number) => {
        const { total, seconds: histogram } = issued(grantType)
        total.value += 1
        histogram.observe(seconds)
        if (grantType === 'client_credentials') clientCredentials.value += 1
      },
      clientCredentialsDenied: countByName(clientCredentialsDenied),
      authDenied: countByName(authDenied),
      clientRegistered: (source: string) => {
        registered(source).value += 1
      },
      auditEventDropped: countByName(auditEventsDropped),
      keyRotated: () => {
        rotations.value += 1
      },
      keysReloaded: (seconds: number) => reloads.observe(seconds),
    },
    exposed: [
      tokensIssued.exposed,
      issuanceSeconds.exposed,
      clientCredentialsIssued.exposed,
      clientCredentialsDenied.exposed,
      authDenied.exposed,
      clientsRegistered.exposed,
      auditEventsDropped.exposed,
      keyRotations.exposed,
      keyReloadSeconds.exposed,
    ],
  }
}

/** Children of a closed set, made at once; a value outside the set gets that of `other`. */
function bindAll<Child>(
  values: readonly string[],
  bind: (value: string) => Child,
): (value: string) => Child {
  const children = new Map(values.map((value) => [value, bind(value)]))
  return (value) => {
    const known = children.get(value)
    if (known !== undefined) return known
    const other = children.get(otherLabel) ?? bind(otherLabel)
    children.set(otherLabel, other)
    return other
  }
}

const namesMax = 64

/** Counts by a name out of the program's code. A value that does not look like one is no label. */
function countByName(family: Family<Counter>): (name: string) => void {
  const children = new Map<string, Counter>()
  const bindNew = (name: string): Counter => {
    const isName = /^[a-z][a-z0-9._-]{0,63}$/.test(name)
    const label = isName && children.size < namesMax ? name : otherLabel
    const child = family.bind([label])
    children.set(label, child)
    return child
  }
  return (name) => {
    const child = children.get(name) ?? bindNew(name)
    child.value += 1
  }
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

interface RequestChild {
  readonly total: Counter
  readonly seconds: Histogram
}

/** Nested maps find the child without joining the labels into a key at each request. */
function createRequestCounts() {
  const totals = counterFamily(metrics.httpRequests)
  const seconds = histogramFamily(metrics.httpRequestSeconds, secondBounds)
  const routes = new Map<string, Map<string, Map<number, RequestChild>>>()

  const bindNew = ({ method, route, status }: AnsweredRequest): RequestChild => {
    const values = [methods.includes(method) ? method : otherLabel, route, String(status)]
    const child = { total: totals.bind(values), seconds: seconds.bind(values) }
    // A method that is no label is looked up by its label's name: clients choose their methods.
    const key = values[0] as string
    const byMethod = routes.get(route) ?? new Map<string, Map<number, RequestChild>>()
    const byStatus = byMethod.get(key) ?? new Map<number, RequestChild>()
    routes.set(route, byMethod.set(key, byStatus.set(status, child)))
    return child
  }
  const count = (request: AnsweredRequest): void => {
    const found = routes.get(request.route)?.get(request.method)?.get(request.status)
    const child = found ?? bindNew(request)
    child.total.value += 1
    child.seconds.observe(request.seconds)
  }
  return { count, exposed: [totals.exposed, seconds.exposed] }
}

/** What others have to be asked for at each scrape. Who does not answer is left out, and logged. */
function createScrape({ collectActors, countActiveClients, log }: MetricsOptions) {
  let actors: readonly ActorSnapshot[] = []
  let activeClients: number | null = null
  const ask = async <Answer>(what: string, question: () => Promise<Answer>, without: Answer) => {
    try {
      return await question()
    } catch (error) {
      log.warn('metrics are incomplete', { missing: what, error: messageOf(error) })
      return without
    }
  }
  return {
    refresh: async (): Promise<void> => {
      const answers = [
        ask('actors', collectActors, []),
        ask<number | null>('active clients', countActiveClients, null),
      ] as const
      ;[actors, activeClients] = await Promise.all(answers)
    },
    exposed: [
      ...actorSeries(() => actors),
      {
        ...metrics.activeClients,
        samples: () => (activeClients === null ? [] : [{ labels: {}, value: activeClients }]),
      },
    ],
  }
}
