// Requests of both listeners by method, route and status (spec 08 §1).
import type { Histogram } from '../base/meters.ts'
import { metrics, otherLabel, secondBounds } from './metric-names.ts'
import { type Counter, counterFamily, type ExposedMetric, histogramFamily } from './samples.ts'

export interface AnsweredRequest {
  readonly method: string
  /** Pattern of the matched route, or `unmatched`. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

interface RequestChild {
  readonly total: Counter
  readonly seconds: Histogram
}

/** Nested maps find the child without joining the labels into a key at each request. */
export function createRequestCounts(): {
  readonly count: (request: AnsweredRequest) => void
  readonly exposed: readonly ExposedMetric[]
} {
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
