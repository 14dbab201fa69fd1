// The public listener over inline services, on a free port, in the configuration of a fixture file.

import { limits } from '../../src/base/limits.ts'
import { silentTracer } from '../../src/base/telemetry.ts'
import { createPublishedKeySet } from '../../src/flows/keys/published-key-set.ts'
import { createReadinessProbe } from '../../src/flows/operations/health.ts'
import { clientAddressReader, proxyTrust } from '../../src/http/client-address.ts'
import { listen } from '../../src/http/listen.ts'
import { createPublicServer } from '../../src/http/public-server.ts'
import { createInlineServices, type InlineServices } from './inline-services.ts'
import { type ApiCheck, apiDocumentOf, createApiCheck } from './openapi-check.ts'
import { testSettings } from './settings.ts'

export interface PublicListener {
  readonly port: number
  readonly isSecure: boolean
  /** Compares answers with the listener's OpenAPI document. */
  readonly api: ApiCheck
  readonly inline: InlineServices
  /** One entry per answered request: method, route, status. */
  readonly counted: readonly { readonly route: string; readonly status: number }[]
  stop(): Promise<void>
}

/** Opens a listener with the settings of test/http/fixtures/README.md after `seed` has run. */
export async function openPublicListener(
  settings: ReadonlyMap<string, string>,
  seed: (inline: InlineServices) => Promise<void>,
): Promise<PublicListener> {
  const issuer = settings.get('issuer') ?? 'https://auth.test'
  const isSecure = settings.get('secure') === 'true'
  const { dpop, session } = testSettings({})
  const isEnabled = settings.get('dpop') !== 'off'
  const inline = await createInlineServices({
    issuer,
    settings: { dpop: { ...dpop, isEnabled }, session: { ...session, isSecure } },
  })
  await seed(inline)
  return listenOver(inline, settings)
}

/** Opens a listener over services that are there already, and stops both together. */
export async function listenOver(
  inline: InlineServices,
  settings: ReadonlyMap<string, string>,
): Promise<PublicListener> {
  const { issuer } = inline.services.settings.features
  const { isSecure } = inline.services.settings.session
  const broken = settings.get('broken')
  if (broken === 'storage' || broken === 'signer') await inline.stopActor(broken)
  if (broken === 'proofs') await inline.stopActor('dpopReplay')
  const services =
    broken === 'keys'
      ? { ...inline.services, publishedKeys: createPublishedKeySet() }
      : inline.services
  const readiness = createReadinessProbe({
    storage: services.storage,
    clock: services.clock,
    isHealthy: () => broken !== 'signer' && inline.supervisor.isHealthy(),
  })
  if (broken === 'draining') readiness.startDraining()
  const counted: { readonly route: string; readonly status: number }[] = []
  const server = createPublicServer({
    issuer,
    isSecure,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    bodyBytesMax: limits.formBytesMax,
    addressOf: clientAddressReader(listOf(settings.get('trusted-proxies'))),
    clock: services.clock,
    random: services.random,
    tracer: silentTracer,
    log: inline.log,
    meters: { countRequest: ({ route, status }) => void counted.push({ route, status }) },
    services,
    readiness,
    trustsPeer: proxyTrust(listOf(settings.get('trusted-proxies'))),
    allowedOrigins: listOf(settings.get('allowed-origins')),
    rateLimit: rateOf(settings.get('rate-limit')),
    registrationRate: rateOf(settings.get('registration-rate')),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 })
  return {
    port,
    isSecure,
    api: createApiCheck(apiDocumentOf(server)),
    inline,
    counted,
    stop: async () => {
      await server.close()
      await inline.stop()
    },
  }
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(',')
}

function rateOf(text: string | undefined): { perSecond: number; burst: number } | null {
  if (text === undefined) return null
  const [perSecond, burst] = text.split('/').map(Number)
  return { perSecond: perSecond ?? 0, burst: burst ?? 0 }
}
