// Cross-origin access for browser clients (spec 01 §1.4, B13): only on the paths they call, by an
// allow-list, never with credentials. A preflight is always answered 204; without an allowed origin
// it carries no CORS header and the browser refuses on its own.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { LogFields } from '../../base/telemetry.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { pathOf } from '../path.ts'

const methods = 'GET, POST, OPTIONS'
const requestHeaders =
  'Content-Type, Authorization, DPoP, MCP-Protocol-Version, Mcp-Method, Mcp-Name'
const exposedHeaders = 'DPoP-Nonce, WWW-Authenticate, Retry-After'

const endpoints: readonly string[] = [
  endpointPaths.token,
  endpointPaths.registration,
  endpointPaths.revocation,
  endpointPaths.introspection,
]

const endpointsUnder = (basePath: string): readonly string[] =>
  endpoints.map((path) => basePath + path)

const documentsUnder = (basePath: string): readonly string[] =>
  basePath === '' ? ['/.well-known/'] : ['/.well-known/', `${basePath}/.well-known/`]

/** What an operator is warned of while no origin is allowed (spec 08 §3). */
export function corsDisabled(basePath: string): {
  readonly message: string
  readonly fields: LogFields
} {
  const broken = [...endpointsUnder(basePath), ...documentsUnder(basePath)]
  return {
    message: 'CORS is disabled',
    fields: {
      key: 'server.allowed_origins',
      variable: 'AUTHPLANE_SERVER_ALLOWED_ORIGINS',
      consequence: `browser clients of other origins fail at ${broken.join(', ')}`,
      remedy:
        'list the origins of your browser clients, or "*" for any; or serve these clients and ' +
        'this server from one origin, which needs no CORS',
    },
  }
}

/** Adds CORS for an issuer whose endpoints lie under `basePath` (empty for none). */
export function addCors(
  server: FastifyInstance,
  allowedOrigins: readonly string[],
  basePath: string,
): void {
  const paths = new Set(endpointsUnder(basePath))
  const wellKnown = documentsUnder(basePath)
  const isAny = allowedOrigins.includes('*')
  const isCorsPath = (path: string): boolean =>
    paths.has(path) || wellKnown.some((prefix) => path.startsWith(prefix))

  server.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers
    const isPreflight = request.method === 'OPTIONS'
    if ((origin === undefined && !isPreflight) || !isCorsPath(pathOf(request.url))) return done()
    const isAllowed = origin !== undefined && (isAny || allowedOrigins.includes(origin))
    if (isAllowed) allow(reply, isAny ? '*' : origin)
    if (!isPreflight) return done()
    if (isAllowed) describe(reply)
    reply.code(204).send()
  })
}

function allow(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', exposedHeaders)
  if (origin !== '*') reply.header('vary', 'Origin')
}

function describe(reply: FastifyReply): void {
  reply.header('access-control-allow-methods', methods)
  reply.header('access-control-allow-headers', requestHeaders)
  reply.header('access-control-max-age', '86400')
}
