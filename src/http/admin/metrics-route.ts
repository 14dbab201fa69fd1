// The scrape route of the admin listener (spec 05 §1, 08 §1): open to whoever reaches the listener.
import type { FastifyInstance } from 'fastify'

export interface MetricsRoute {
  readonly path: string
  readonly contentType: string
  readonly render: () => Promise<string>
}

/** Adds the route. */
export function addMetricsRoute(server: FastifyInstance, route: MetricsRoute): void {
  server.get(route.path, async (_request, reply) => {
    const body = await route.render()
    reply.header('content-type', route.contentType).header('cache-control', 'no-store')
    return reply.send(body)
  })
}
