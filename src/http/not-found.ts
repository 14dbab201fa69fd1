// Answers for paths and methods without a route (spec 01 §1.2): 405 with `Allow` on a known path,
// 404 in plain text otherwise.
import type { FastifyInstance } from 'fastify'
import { pathOf } from './path.ts'

interface KnownPath {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** Must be added before the routes: it learns them as they come. */
export function addNotFound(server: FastifyInstance): void {
  const known = new Map<string, KnownPath>()
  server.addHook('onRoute', (route) => {
    const path = known.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set() }
    for (const method of [route.method].flat()) path.methods.add(method)
    known.set(route.url, path)
  })
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url)
    const match = [...known.values()].find(({ pattern }) => pattern.test(path))
    reply.header('content-type', 'text/plain; charset=utf-8').header('cache-control', 'no-store')
    if (match === undefined || match.methods.has(request.method)) {
      return reply.code(404).send('not found\n')
    }
    const allow = [...match.methods].toSorted().join(', ')
    return reply.code(405).header('allow', allow).send('method not allowed\n')
  })
}

/** A route's URL as a pattern: parameters take one segment, a wildcard the rest. */
function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((segment) => {
      if (segment === '*') return '.+'
      return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('/')
  return new RegExp(`^${source}$`)
}
