// The OpenAPI documents of both listeners (B45): valid, complete, and without any effect on what
// the routes do. That answers are as they say is checked where answers are made: by the fixtures
// and by the tests of the admin routes.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { limits } from '../../src/base/limits.ts'
import { createReadinessProbe } from '../../src/flows/operations/health.ts'
import { createAdminServer } from '../../src/http/admin-server.ts'
import { clientAddressReader } from '../../src/http/client-address.ts'
import { describeApis } from '../../src/http/describe-apis.ts'
import type { ListenerOptions } from '../../src/http/fastify-server.ts'
import { createPublicServer } from '../../src/http/public-server.ts'
import { createInlineServices, type InlineServices } from '../support/inline-services.ts'
import {
  type ApiDocument,
  apiDocumentOf,
  assertSchemasCompile,
  createApiCheck,
} from '../support/openapi-check.ts'

interface Listener {
  readonly server: FastifyInstance
  /** As the framework knows them; no HEAD, which comes with every GET. */
  readonly routes: readonly RouteOptions[]
  readonly document: ApiDocument
}

function optionsOf({ services, log }: InlineServices): ListenerOptions {
  return {
    issuer: services.settings.features.issuer,
    isSecure: false,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    bodyBytesMax: limits.formBytesMax,
    addressOf: clientAddressReader([]),
    clock: services.clock,
    random: services.random,
    tracer: services.tracer,
    log,
    meters: { countRequest: () => undefined },
  }
}

async function open(t: TestContext, inline: InlineServices, api: string): Promise<Listener> {
  const { services, supervisor } = inline
  const { storage, clock } = services
  const server =
    api === 'admin'
      ? createAdminServer({
          ...optionsOf(inline),
          services,
          apiKeyDigest: null,
          rateLimit: null,
          metricsRoute: { path: '/metrics', contentType: 'text/plain', render: async () => 'up 1' },
          injectFault: null,
        })
      : createPublicServer({
          ...optionsOf(inline),
          services,
          readiness: createReadinessProbe({ storage, clock, isHealthy: supervisor.isHealthy }),
          allowedOrigins: [],
          trustsPeer: () => false,
          rateLimit: null,
          registrationRate: null,
        })
  t.after(() => server.close())
  const routes: RouteOptions[] = []
  server.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route)
  })
  await server.ready()
  return { server, routes, document: apiDocumentOf(server) }
}

const methodsOf = ({ method }: RouteOptions): readonly string[] => [method].flat()

const listeners: readonly (readonly [string, string, string])[] = [
  ['the public API', 'public', 'https://auth.test'],
  ['the public API of an issuer with a path', 'public', 'https://auth.test/tenant/one'],
  ['the admin API', 'admin', 'https://auth.test'],
]

for (const [name, api, issuer] of listeners) {
  const start = async (t: TestContext): Promise<Listener> => {
    const inline = await createInlineServices({ issuer })
    t.after(() => inline.stop())
    return open(t, inline, api)
  }

  test(`the document of ${name} is OpenAPI 3.1`, async (t) => {
    const { document } = await start(t)
    const validator = new Validator()

    const { valid, errors } = await validator.validate({ ...document })

    assert.equal(valid, true, JSON.stringify(errors))
    assert.equal(validator.version, '3.1')
    assertSchemasCompile(document)
  })

  test(`the document of ${name} and the routes are the same`, async (t) => {
    const { document, routes } = await start(t)
    const registered = routes.flatMap((route) =>
      methodsOf(route).map((method) => `${method} ${route.url.replaceAll(/:(\w+)|\*/g, '{}')}`),
    )

    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
      ),
    )

    assert.ok(registered.length > 5)
    assert.deepEqual(described.toSorted(), registered.toSorted())
  })

  test(`each operation of ${name} says what it is`, async (t) => {
    const { document } = await start(t)
    const tags = new Set(document.tags.map((tag) => tag.name))
    const ids: string[] = []

    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        ids.push(operation.operationId)
        assert.ok(operation.summary.length > 3, path)
        assert.ok(operation.tags.length === 1 && tags.has(operation.tags[0] ?? ''), path)
        const statuses = Object.keys(operation.responses)
        assert.ok(
          statuses.some((status) => /^[23]/.test(status)),
          path,
        )
        const isRefused = statuses.includes('400') || statuses.includes('422')
        assert.ok(isRefused && statuses.includes('500'), path)
      }
    }
    assert.equal(new Set(ids).size, ids.length)
  })

  test(`no description of ${name} has a part in answering requests`, async (t) => {
    const { routes } = await start(t)

    for (const { url, schema } of routes) assert.equal(schema, undefined, url)
  })
}

test('the public document lies below the issuer and names where to send requests', async (t) => {
  const inline = await createInlineServices({ issuer: 'https://auth.test/tenant' })
  t.after(() => inline.stop())
  const { server, document } = await open(t, inline, 'public')

  const answer = await server.inject('/tenant/openapi.json')
  const elsewhere = await server.inject('/openapi.json')

  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.deepEqual(answer.json(), document)
  assert.deepEqual(answer.json().servers, [{ url: 'https://auth.test' }])
  assert.equal(answer.json().info.version, '0.0.0-test')
  assert.equal(elsewhere.statusCode, 404)
})

test('the admin document needs no key and demands one for everything else', async (t) => {
  const inline = await createInlineServices({})
  t.after(() => inline.stop())
  const { server, document } = await open(t, inline, 'admin')

  const answer = await server.inject('/openapi.json')

  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.deepEqual(answer.json().security, [{ admin_key: [] }])
  const open_ = Object.entries(document.paths).filter(([, methods]) =>
    Object.values(methods).some(({ security }) => security !== undefined),
  )
  assert.deepEqual(open_.map(([path]) => path).toSorted(), ['/metrics', '/openapi.json'])
})

test('both documents can be had without a listener', async (t) => {
  const inline = await createInlineServices({})
  t.after(() => inline.stop())

  const documents = await describeApis(inline.services)

  assert.ok('/oauth/token' in (documents.public.paths ?? {}))
  assert.ok('/admin/clients' in (documents.admin.paths ?? {}))
})

test('an answer that is not as described is found', async (t) => {
  const inline = await createInlineServices({})
  t.after(() => inline.stop())
  const { document } = await open(t, inline, 'public')
  const { assertDescribed } = createApiCheck(document)
  const alive = {
    method: 'GET',
    path: '/livez',
    requestBody: null,
    status: 200,
    contentType: 'application/json',
    body: '{"status":"alive","time":"2026-01-01T00:00:00Z"}',
  }

  assertDescribed(alive)

  const planted: readonly (readonly [Partial<typeof alive>, RegExp])[] = [
    [{ status: 204 }, /getLiveness 204 is not in the API document/],
    [{ contentType: 'text/html' }, /text\/html is not in the API document/],
    [{ body: '{"status":"alive"}' }, /must have required property 'time'/],
    [{ body: '{"status":"alive","time":"now"}' }, /must match format "date-time"/],
    [{ body: `{"db":"ok",${alive.body.slice(1)}` }, /must NOT have additional properties/],
    [{ path: '/nowhere' }, /no operation for GET \/nowhere/],
  ]
  for (const [change, message] of planted) {
    assert.throws(() => assertDescribed({ ...alive, ...change }), { message })
  }
})
