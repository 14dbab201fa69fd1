// The scrape route of the admin listener (spec 05 §1, 08 §1): open to whoever reaches the listener.
import type { FastifyInstance } from 'fastify'
import { text } from '../openapi/json-schema.ts'
import { answer, describedBy, type Operation } from '../openapi/operation.ts'
import { refusals } from './refusals.ts'

export interface MetricsRoute {
  readonly path: string
  readonly contentType: string
  readonly render: () => Promise<string>
}

const operation: Operation = {
  operationId: 'scrapeMetrics',
  summary: 'Metrics for Prometheus',
  tags: ['Open'],
  security: [],
  response: {
    200: answer('The text format of Prometheus.', 'text/plain', text),
    ...refusals(400, 429, 500),
  },
}

/** Adds the route. */
export function addMetricsRoute(server: FastifyInstance, route: MetricsRoute): void {
  server.get(route.path, describedBy(operation), async (_request, reply) => {
    const body = await route.render()
    reply.header('content-type', route.contentType).header('cache-control', 'no-store')
    return reply.send(body)
  })
}
