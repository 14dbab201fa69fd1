// The admin listener over real actors: requests are injected, answers are parsed, and each is
// compared with the OpenAPI document of the listener.
import { hash } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { limits } from '../../../src/base/limits.ts'
import { silentTracer } from '../../../src/base/telemetry.ts'
import type { BucketRate } from '../../../src/base/token-bucket.ts'
import type { Services } from '../../../src/flows/services.ts'
import type { InjectFault } from '../../../src/http/admin/fault-routes.ts'
import type { MetricsRoute } from '../../../src/http/admin/metrics-route.ts'
import { createAdminServer } from '../../../src/http/admin-server.ts'
import { clientAddressReader } from '../../../src/http/client-address.ts'
import {
  createInlineServices,
  type InlineOptions,
  type InlineServices,
} from '../../support/inline-services.ts'
import { apiDocumentOf, createApiCheck } from '../../support/openapi-check.ts'

export const apiKey = 'a-key-for-the-tests'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** The parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any
}

export interface Admin {
  readonly server: FastifyInstance
  readonly inline: InlineServices
  /** Sends a request with the key; an object becomes a JSON body, a string goes as it is. */
  send(method: InjectOptions['method'], url: string, body?: unknown): Promise<Answer>
  /** Sends a request exactly as given. */
  sendRaw(options: InjectOptions): Promise<Answer>
  /** Actions and details of all audit rows, oldest first. */
  audit(): readonly {
    readonly action: string
    readonly actor_id: string
    readonly client_id: string
    readonly ip: string
    readonly detail: string
  }[]
}

export interface AdminOptions extends InlineOptions {
  readonly digest?: Uint8Array | null
  readonly metricsRoute?: MetricsRoute | null
  readonly rateLimit?: BucketRate | null
  readonly injectFault?: InjectFault | null
  /** Services of the listener, made from those that run. */
  readonly adapt?: (services: Services) => Services
}

/** A started listener, stopped at the end of the test. */
export async function startAdmin(t: TestContext, options: AdminOptions = {}): Promise<Admin> {
  const inline = await createInlineServices(options)
  const { log } = inline
  const services = options.adapt?.(inline.services) ?? inline.services
  const server = createAdminServer({
    issuer: services.settings.features.issuer,
    isSecure: false,
    readTimeoutMs: 10_000,
    writeTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    bodyBytesMax: limits.adminBodyBytesMax,
    addressOf: clientAddressReader([]),
    clock: services.clock,
    random: services.random,
    tracer: silentTracer,
    log,
    meters: { countRequest: () => undefined },
    services,
    apiKeyDigest: options.digest === undefined ? hash('sha256', apiKey, 'buffer') : options.digest,
    metricsRoute: options.metricsRoute ?? null,
    rateLimit: options.rateLimit ?? null,
    injectFault: options.injectFault ?? null,
  })
  t.after(async () => {
    await server.close()
    await inline.stop()
  })
  await server.ready()
  const api = createApiCheck(apiDocumentOf(server))
  const sendRaw = async (request: InjectOptions): Promise<Answer> => {
    const response = await server.inject(request)
    const { statusCode: status, headers, body: text } = response
    const { method = 'GET', payload } = request
    const path = String(request.url)
    if (api.operationOf(method, path) !== null) {
      api.assertDescribed({
        method,
        path,
        requestBody: typeof payload === 'string' ? payload : null,
        status,
        contentType: headers['content-type']?.toString() ?? null,
        body: text,
      })
    }
    const isJson = /[/+]json/.test(String(headers['content-type']))
    return { status, headers, text, json: isJson ? JSON.parse(text) : null }
  }
  return {
    server,
    inline,
    sendRaw,
    send: (method, url, body) =>
      sendRaw({
        method: method ?? 'GET',
        url,
        headers: { authorization: `Bearer ${apiKey}` },
        ...(body === undefined
          ? {}
          : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    audit: () =>
      inline.rows(
        'SELECT action, actor_id, client_id, ip, detail FROM audit_events ORDER BY id',
      ) as never,
  }
}

/** What every refusal of a handler looks like. */
export function problem(status: number, title: string, detail: string) {
  return { type: 'about:blank', title, status, detail }
}
