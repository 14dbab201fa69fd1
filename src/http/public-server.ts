// The public listener: hooks in the specified order (spec 01 §1.2), then routes. Everything that an
// OAuth client can reach.
import type { FastifyInstance } from 'fastify'
import type { BucketRate } from '../base/token-bucket.ts'
import type { ReadinessProbe } from '../flows/operations/health.ts'
import type { Services } from '../flows/services.ts'
import { issuerPath } from '../oauth/server-metadata.ts'
import { addFormBody } from './body.ts'
import type { TrustsPeer } from './client-address.ts'
import { refuseEarly } from './early-refusal.ts'
import { createServer, type ListenerOptions, requestAddress } from './fastify-server.ts'
import { addCors } from './hooks/cors.ts'
import { addRateLimit } from './hooks/rate-limit.ts'
import { createLoadShedder, type LoadShedder } from './hooks/shed-load.ts'
import { addApiDocumentRoute, collectApi } from './openapi/api-document.ts'
import { addAccountRoutes } from './public/account-routes.ts'
import { addAuthorizeRoutes } from './public/authorize-route.ts'
import { addConsentRoutes } from './public/consent-routes.ts'
import { addDiscoveryRoutes } from './public/discovery-routes.ts'
import { addErrorPages } from './public/error-pages.ts'
import { addHealthRoutes, healthPaths } from './public/health-routes.ts'
import { addIntrospectRoute } from './public/introspect-route.ts'
import { addJwksRoute } from './public/jwks-route.ts'
import { addLoginRoutes } from './public/login-routes.ts'
import { publicApi } from './public/public-api.ts'
import { refusals } from './public/refusals.ts'
import { addRegisterRoute } from './public/register-route.ts'
import { addRevokeRoute } from './public/revoke-route.ts'
import { addTokenRoute } from './public/token-route.ts'

export interface PublicServerOptions extends ListenerOptions {
  readonly services: Services
  readonly readiness: ReadinessProbe
  readonly allowedOrigins: readonly string[]
  /** For what a DPoP proof may name (D6). */
  readonly trustsPeer: TrustsPeer
  /** Null = no limiter. */
  readonly rateLimit: BucketRate | null
  /** Of registrations alone; null = no limiter. */
  readonly registrationRate: BucketRate | null
}

/** The public server, not yet listening. */
export function createPublicServer(options: PublicServerOptions): FastifyInstance {
  const { services, issuer } = options
  const basePath = issuerPath(issuer)
  const server = createServer(options)
  addFormBody(server, null)
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
  const { storage, signer, dpopReplay } = services
  const shedder = createLoadShedder([storage, signer, dpopReplay], services.clock)
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
  addErrorPages(server, { issuer: options.issuer, basePath })
  const addressOf = requestAddress(options.addressOf)
  const tokenState = { basePath, addressOf, shedder }
  addTokenRoute(server, services, { ...tokenState, trustsPeer: options.trustsPeer })
  addRegisterRoute(server, services, {
    ...tokenState,
    clock: options.clock,
    rate: options.registrationRate,
  })
  addIntrospectRoute(server, services, tokenState)
  addRevokeRoute(server, services, tokenState)
  addAuthorizeRoutes(server, services, tokenState)
  addLoginRoutes(server, services, tokenState)
  addConsentRoutes(server, services, tokenState)
  addAccountRoutes(server, services, tokenState)
  addApiDocumentRoute(server, {
    path: `${basePath}/openapi.json`,
    tag: 'Documentation',
    refusals: refusals(400, 429, 500),
  })
}
