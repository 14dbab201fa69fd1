// The two HTTP listeners over one set of services.
import { hash } from 'node:crypto'
import { limits } from '../base/limits.ts'
import type { BucketRate } from '../base/token-bucket.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import type { ReadinessProbe } from '../flows/operations/health.ts'
import type { Services } from '../flows/services.ts'
import type { InjectFault } from '../http/admin/fault-routes.ts'
import { createAdminServer } from '../http/admin-server.ts'
import { clientAddressReader, proxyTrust } from '../http/client-address.ts'
import type { ListenerOptions } from '../http/fastify-server.ts'
import { type BoundListener, listen } from '../http/listen.ts'
import { createPublicServer } from '../http/public-server.ts'
import type { ServiceLog } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface ListenerParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly services: Services
  readonly readiness: ReadinessProbe
  readonly log: ServiceLog
  readonly metrics: Metrics
  /** Null = this server is not under test. */
  readonly injectFault: InjectFault | null
}

/**
 * Binds the public listener and, unless it is switched off, the admin listener, in the order in
 * which they are drained. @throws Error when an address is taken.
 */
export async function openListeners(parts: ListenerParts): Promise<readonly BoundListener[]> {
  const { config, services } = parts
  const common = listenerOptions(parts)
  const publicServer = createPublicServer({
    ...common,
    services,
    readiness: parts.readiness,
    allowedOrigins: config.server.allowedOrigins,
    trustsPeer: proxyTrust(config.server.trustedProxies),
    rateLimit: config.rateLimit.enabled
      ? { perSecond: config.rateLimit.requestsPerSecond, burst: config.rateLimit.burst }
      : null,
    registrationRate: registrationRate(config),
  })
  const publicListener = await listen(publicServer, config.server.address)
  if (!config.admin.enabled) return [publicListener]
  const adminServer = createAdminServer({
    ...common,
    bodyBytesMax: limits.adminBodyBytesMax,
    services,
    apiKeyDigest: apiKeyDigest(parts.secrets),
    rateLimit: adminRate(config),
    injectFault: parts.injectFault,
    metricsRoute: isScraped(config.observability.metrics.provider)
      ? {
          path: config.observability.metrics.path,
          render: parts.metrics.render,
          contentType: parts.metrics.contentType,
        }
      : null,
  })
  return [publicListener, await listen(adminServer, config.admin.address)]
}

/** Both numbers must be given for a limit (spec 05 §1.1). */
function adminRate({ admin: { requestsPerSecond, burst } }: Config): BucketRate | null {
  return requestsPerSecond > 0 && burst > 0 ? { perSecond: requestsPerSecond, burst } : null
}

/** A rate of 0 is no limit (spec 01 §1.5). */
function registrationRate({ dcr: { rateLimit, rateLimitBurst } }: Config): BucketRate | null {
  return rateLimit > 0 ? { perSecond: rateLimit, burst: rateLimitBurst } : null
}

function isScraped(provider: Config['observability']['metrics']['provider']): boolean {
  return provider === 'prometheus' || provider === 'both'
}

function listenerOptions({ config, services, log, metrics }: ListenerParts): ListenerOptions {
  return {
    issuer: config.server.issuer,
    isSecure: config.session.secure,
    readTimeoutMs: config.server.readTimeoutMs,
    writeTimeoutMs: config.server.writeTimeoutMs,
    idleTimeoutMs: config.server.idleTimeoutMs,
    bodyBytesMax: limits.formBytesMax,
    addressOf: clientAddressReader(config.server.trustedProxies),
    clock: services.clock,
    random: services.random,
    tracer: services.tracer,
    log,
    meters: metrics,
  }
}

/** The listener compares digests: the key itself does not stay in this thread. */
function apiKeyDigest(secrets: Secrets): Uint8Array | null {
  return secrets.has('admin.api_key')
    ? hash('sha256', secrets.bytes('admin.api_key'), 'buffer')
    : null
}
