// The admin listener (spec 05 §1): administration behind the API key, metrics beside it. No CORS:
// no browser page of another origin may read an answer.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { BucketRate } from '../base/token-bucket.ts'
import type { Services } from '../flows/services.ts'
import { adminApi } from './admin/admin-api.ts'
import { addAdminProblems } from './admin/admin-problem.ts'
import { addAdminBody } from './admin/admin-request.ts'
import { sendJson } from './admin/answer.ts'
import { addAuditRoutes } from './admin/audit-routes.ts'
import { addApiKeyCheck } from './admin/authenticate.ts'
import { addClientRoutes } from './admin/client-routes.ts'
import { addFaultRoute, type InjectFault } from './admin/fault-routes.ts'
import { addGrantRoutes } from './admin/grant-routes.ts'
import { addIssuanceRoutes } from './admin/issuance-routes.ts'
import { addKeyRoutes } from './admin/key-routes.ts'
import { addMetricsRoute, type MetricsRoute } from './admin/metrics-route.ts'
import { refusals } from './admin/refusals.ts'
import { addResourcePolicyRoutes } from './admin/resource-policy-routes.ts'
import { addResourceRoutes } from './admin/resource-routes.ts'
import { addSystemRoutes } from './admin/system-routes.ts'
import { addTokenRoutes } from './admin/token-routes.ts'
import { addUserRoutes } from './admin/user-routes.ts'
import { clientAddressReader } from './client-address.ts'
import { createServer, type ListenerOptions, requestAddress } from './fastify-server.ts'
import { addRateLimit } from './hooks/rate-limit.ts'
import { addApiDocumentRoute, collectApi } from './openapi/api-document.ts'

export interface AdminServerOptions extends ListenerOptions {
  readonly services: Services
  /** SHA-256 of the API key; null = every protected route answers 401. */
  readonly apiKeyDigest: Uint8Array | null
  /** Null = no limiter. */
  readonly rateLimit: BucketRate | null
  /** Null = no metrics. */
  readonly metricsRoute: MetricsRoute | null
  /** Null = no route, as on every server that is not under test (spec 00 B27). */
  readonly injectFault: InjectFault | null
}

/** The admin server, not yet listening. */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const server = createServer(options)
  if (options.rateLimit !== null) limitRate(server, options, options.rateLimit)
  collectApi(server, adminApi(options.services.settings.system.version))
  // Scopes of their own: the key applies to the routes of the second and to no other.
  server.register((scope, _options, done) => {
    addOpenRoutes(scope, options)
    done()
  })
  server.register((scope, _options, done) => {
    addProtectedRoutes(scope, options)
    done()
  })
  return server
}

/** Counts by the socket's peer, for every route (spec 05 §1.1): no proxy belongs before these. */
function limitRate(server: FastifyInstance, options: AdminServerOptions, rate: BucketRate): void {
  addRateLimit(server, {
    ...rate,
    clock: options.clock,
    addressOf: requestAddress(clientAddressReader([])),
    exemptPaths: new Set(),
    refuse: (reply: FastifyReply) => {
      reply.header('cache-control', 'no-store')
      sendJson(reply, 429, { error: 'slow_down', error_description: 'rate limit exceeded' })
    },
  })
}

function addOpenRoutes(scope: FastifyInstance, options: AdminServerOptions): void {
  addAdminProblems(scope, options.log)
  if (options.metricsRoute !== null) addMetricsRoute(scope, options.metricsRoute)
  addApiDocumentRoute(scope, {
    path: '/openapi.json',
    tag: 'Open',
    refusals: refusals(400, 429, 500),
  })
}

function addProtectedRoutes(scope: FastifyInstance, options: AdminServerOptions): void {
  const { services, apiKeyDigest, injectFault, log } = options
  addAdminProblems(scope, log)
  addAdminBody(scope)
  scope.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  addApiKeyCheck(scope, apiKeyDigest)
  addClientRoutes(scope, services)
  addResourceRoutes(scope, services)
  addResourcePolicyRoutes(scope, services)
  addIssuanceRoutes(scope, services)
  addUserRoutes(scope, services)
  addTokenRoutes(scope, services)
  addGrantRoutes(scope, services)
  addKeyRoutes(scope, services)
  addAuditRoutes(scope, services)
  addSystemRoutes(scope, services)
  if (injectFault !== null) addFaultRoute(scope, injectFault)
}
