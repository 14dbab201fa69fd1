// The OpenAPI documents of both listeners without a listener, for the reference pages (B45).
import type { FastifyInstance } from 'fastify'
import { limits } from '../base/limits.ts'
import { createReadinessProbe } from '../flows/operations/health.ts'
import type { Services } from '../flows/services.ts'
import { createAdminServer } from './admin-server.ts'
import { clientAddressReader } from './client-address.ts'
import type { ListenerOptions } from './fastify-server.ts'
import { createPublicServer } from './public-server.ts'

/** Both documents. Nothing is asked of the actors of `services`; they need not run. */
export async function describeApis(services: Services) {
  const { clock, storage } = services
  const common: ListenerOptions = {
    issuer: services.settings.features.issuer,
    isSecure: false,
    readTimeoutMs: limits.headersTimeoutMs,
    writeTimeoutMs: limits.headersTimeoutMs,
    idleTimeoutMs: limits.headersTimeoutMs,
    bodyBytesMax: limits.formBytesMax,
    addressOf: clientAddressReader([]),
    clock,
    random: services.random,
    log: services.log,
    tracer: services.tracer,
    meters: { countRequest: () => undefined },
  }
  const readiness = createReadinessProbe({ storage, clock, isHealthy: () => false })
  const publicServer = createPublicServer({
    ...common,
    services,
    readiness,
    allowedOrigins: [],
    trustsPeer: () => false,
    rateLimit: null,
    registrationRate: null,
  })
  const adminServer = createAdminServer({
    ...common,
    services,
    apiKeyDigest: null,
    rateLimit: null,
    metricsRoute: { path: '/metrics', contentType: 'text/plain', render: async () => '' },
    injectFault: null,
  })
  return { public: await documentOf(publicServer), admin: await documentOf(adminServer) }
}

async function documentOf(server: FastifyInstance) {
  await server.ready()
  const document = server.swagger()
  await server.close()
  return document
}
