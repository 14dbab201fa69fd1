// The scrape route of the admin listener (spec 05 §1, 08 §1): open to whoever reaches the listener.
import type { FastifyInstance } from 'fastify'

export interface MetricsRoute {
  readonly path: string
  readonly render: () => Promise<{ readonly contentType: string; readonly body: string }>
}

/** Adds the route. */
export function addMetricsRoute(server: FastifyInstance, { path, render }: MetricsRoute): void {
  server.get(path, async (_request, reply) => {
    const { contentType, body } = await render()
    return reply.header('content-type', contentType).header('cache-control', 'no-store').send(body)
  })
}
