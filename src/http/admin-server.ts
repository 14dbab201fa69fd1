// The admin listener (spec 05 §1): administration behind the API key, metrics beside it. No CORS:
// no browser page of another origin may read an answer.
import type { FastifyInstance } from 'fastify'
import type { Services } from '../flows/services.ts'
import { addAdminProblems } from './admin/admin-problem.ts'
import { addAdminBody } from './admin/admin-request.ts'
import { addApiKeyCheck } from './admin/authenticate.ts'
import { addClientRoutes } from './admin/client-routes.ts'
import { addIssuanceRoutes } from './admin/issuance-routes.ts'
import { addKeyRoutes } from './admin/key-routes.ts'
import { addMetricsRoute, type MetricsRoute } from './admin/metrics-route.ts'
import { addResourcePolicyRoutes } from './admin/resource-policy-routes.ts'
import { addResourceRoutes } from './admin/resource-routes.ts'
import { createServer, type ListenerOptions } from './fastify-server.ts'

export interface AdminServerOptions extends ListenerOptions {
  readonly services: Services
  /** SHA-256 of the API key; null = every protected route answers 401. */
  readonly apiKeyDigest: Uint8Array | null
  /** Null = no metrics. */
  readonly metricsRoute: MetricsRoute | null
}

/** The admin server, not yet listening. */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const server = createServer(options)
  if (options.metricsRoute !== null) addMetricsRoute(server, options.metricsRoute)
  // A scope of its own: the key and the error shape apply to all of these routes and to no other.
  server.register((scope, _options, done) => {
    addProtectedRoutes(scope, options)
    done()
  })
  return server
}

function addProtectedRoutes(scope: FastifyInstance, options: AdminServerOptions): void {
  const { services, apiKeyDigest, log } = options
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
  addKeyRoutes(scope, services)
}
