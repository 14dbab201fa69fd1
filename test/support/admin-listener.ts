// The admin listener over inline services, on a free port, in the configuration of a fixture file.
import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { limits } from '../../src/base/limits.ts'
import { silentTracer } from '../../src/base/telemetry.ts'
import type { BucketRate } from '../../src/base/token-bucket.ts'
import { askOptions } from '../../src/flows/services.ts'
import { createAdminServer } from '../../src/http/admin-server.ts'
import { clientAddressReader } from '../../src/http/client-address.ts'
import { listen } from '../../src/http/listen.ts'
import { auditActions } from '../../src/records/audit-event.ts'
import type { RegistrationMode } from '../../src/records/runtime-setting.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { createOtlpCounts } from '../../src/telemetry/otlp.ts'
import type { RegisteredRoute } from './fixture-coverage.ts'
import { createInlineServices, type InlineServices } from './inline-services.ts'

/** The key of every admin listener that has one. */
export const adminKey = 'a-key-for-the-fixtures'

/** The route that an answered request was for. */
export interface AnsweredRoute {
  readonly method: string
  /** Its pattern, or `unmatched`. */
  readonly route: string
  readonly status: number
}

export interface AdminListener {
  readonly port: number
  readonly inline: InlineServices
  readonly server: FastifyInstance
  /** All of them, but for those that the framework adds to answer HEAD. */
  readonly routes: readonly RegisteredRoute[]
  /** One entry per answered request, in their order. */
  readonly answered: readonly AnsweredRoute[]
  stop(): Promise<void>
}

/** Opens a listener with settings of test/http/admin-fixtures/README.md once `seed` has run. */
export async function openAdminListener(
  settings: ReadonlyMap<string, string>,
  seed: (inline: InlineServices) => Promise<void>,
): Promise<AdminListener> {
  const inline = await createInlineServices({
    registration: registrationOf(settings),
    rotationGapMs: Number(settings.get('rotation-gap') ?? '0') * 1000,
  })
  await seed(inline)
  const broken = settings.get('broken')
  if (broken === 'storage' || broken === 'signer') await inline.stopActor(broken)
  const metrics = metricsOf(inline)
  const answered: AnsweredRoute[] = []
  const { services, log } = inline
  const server = createAdminServer({
    issuer: services.settings.features.issuer,
    isSecure: false,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    bodyBytesMax: limits.adminBodyBytesMax,
    addressOf: clientAddressReader([]),
    clock: services.clock,
    random: services.random,
    tracer: silentTracer,
    log,
    meters: {
      countRequest: (request) => {
        answered.push(request)
        metrics.countRequest(request)
      },
    },
    services,
    rateLimit: rateOf(settings.get('rate-limit')),
    injectFault: null,
    apiKeyDigest: settings.get('api-key') === 'none' ? null : hash('sha256', adminKey, 'buffer'),
    metricsRoute:
      settings.get('metrics') === 'none'
        ? null
        : { path: '/metrics', render: metrics.render, contentType: metrics.contentType },
  })
  const routes = collectRoutes(server)
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 })
  return {
    port,
    inline,
    server,
    routes,
    answered,
    stop: async () => {
      await server.close()
      metrics.stop()
      await inline.stop()
    },
  }
}

/** Learns the routes that the plugins of a server add while it starts. */
function collectRoutes(server: FastifyInstance): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = []
  server.addHook('onRoute', ({ method, url, config }) => {
    const operation = config?.operation
    for (const one of [method].flat().filter((name) => name !== 'HEAD')) {
      routes.push({
        method: one,
        pattern: url,
        isOpen: operation?.security?.length === 0,
        takesBody: operation?.body !== undefined,
      })
    }
  })
  return routes
}

function registrationOf(settings: ReadonlyMap<string, string>) {
  const redirects = settings.get('approved-redirects')
  return {
    mode: (settings.get('dcr-mode') ?? 'open') as RegistrationMode,
    approvedRedirects: redirects === undefined ? [] : redirects.split(','),
    defaultClientScope: settings.get('default-client-scope') ?? '',
  }
}

function rateOf(text: string | undefined): BucketRate | null {
  if (text === undefined) return null
  const [perSecond = 0, burst = 0] = text.split('/').map(Number)
  return { perSecond, burst }
}

function metricsOf({ services, supervisor, log }: InlineServices): Metrics {
  return createMetrics({
    collectActors: () => supervisor.snapshots(),
    countActive: async () => {
      const outcome = await services.storage.ask('countActive', {}, askOptions(services, null))
      return outcome.reply
    },
    databasePath: null,
    auditActions,
    otlp: createOtlpCounts(),
    clock: services.clock,
    log,
  })
}
