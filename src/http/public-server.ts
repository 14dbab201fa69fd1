// The public listener: hooks in the specified order (spec 01 §1.2), then routes. Everything that an
// OAuth client can reach.
import type { FastifyInstance } from 'fastify'
import type { BucketRate } from '../base/token-bucket.ts'
import type { ReadinessProbe } from '../flows/operations/health.ts'
import type { Services } from '../flows/services.ts'
import { issuerPath } from '../oauth/server-metadata.ts'
import { addFormBody } from './body.ts'
import { refuseEarly } from './early-refusal.ts'
import { createServer, type ListenerOptions, requestAddress } from './fastify-server.ts'
import { addCors } from './hooks/cors.ts'
import { addRateLimit } from './hooks/rate-limit.ts'
import { createLoadShedder, type LoadShedder } from './hooks/shed-load.ts'
import { addApiDocumentRoute, collectApi } from './openapi/api-document.ts'
import { addDiscoveryRoutes } from './public/discovery-routes.ts'
import { addErrorPages } from './public/error-pages.ts'
import { addHealthRoutes, healthPaths } from './public/health-routes.ts'
import { addJwksRoute } from './public/jwks-route.ts'
import { publicApi } from './public/public-api.ts'
import { refusals } from './public/refusals.ts'
import { addTokenRoute } from './public/token-route.ts'

export interface PublicServerOptions extends ListenerOptions {
  readonly services: Services
  readonly readiness: ReadinessProbe
  readonly allowedOrigins: readonly string[]
  /** Null = no limiter. */
  readonly rateLimit: BucketRate | null
}

/** The public server, not yet listening. */
export function createPublicServer(options: PublicServerOptions): FastifyInstance {
  const { services, issuer } = options
  const basePath = issuerPath(issuer)
  const server = createServer(options)
  addFormBody(server)
  addCors(server, options.allowedOrigins, basePath)
  if (options.rateLimit !== null) {
    addRateLimit(server, {
      ...options.rateLimit,
      clock: options.clock,
      addressOf: requestAddress(options.addressOf),
      exemptPaths: new Set(healthPaths(basePath)),
      refuse: null,
    })
  }
  collectApi(server, publicApi(issuer, services.settings.system.version))
  const shedder = createLoadShedder([services.storage, services.signer], services.clock)
  refuseEarly(server, shedder, options)
  server.register((routes, _options, done) => {
    addRoutes(routes, options, { basePath, shedder })
    done()
  })
  return server
}

function addRoutes(
  server: FastifyInstance,
  options: PublicServerOptions,
  { basePath, shedder }: { readonly basePath: string; readonly shedder: LoadShedder },
): void {
  const { services } = options
  addHealthRoutes(server, options.readiness, basePath)
  addDiscoveryRoutes(server, services)
  addJwksRoute(server, services, basePath)
  addErrorPages(server, basePath)
  const addressOf = requestAddress(options.addressOf)
  addTokenRoute(server, services, { basePath, addressOf, shedder })
  addApiDocumentRoute(server, {
    path: `${basePath}/openapi.json`,
    tag: 'Documentation',
    refusals: refusals(400, 429, 500),
  })
}
