// Refusals in front of the framework (src/http/early-refusal.ts, reliability B9): the same answer
// as behind it, on a connection that stays in step, and never for what must be answered.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Clock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { silentTracer } from '../../../src/base/telemetry.ts'
import { createReadinessProbe } from '../../../src/flows/operations/health.ts'
import { clientAddressReader } from '../../../src/http/client-address.ts'
import { listen } from '../../../src/http/listen.ts'
import { createPublicServer } from '../../../src/http/public-server.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { headerOf, type RawResponse, sendRaw } from '../../support/raw-http.ts'

let inline: InlineServices
let port: number
let close: () => Promise<void>
/** Messages that seem to wait for storage. */
let waiting = 0
/** What waits for a second to pass. */
const due: (() => void)[] = []
const counted: { readonly method: string; readonly route: string; readonly status: number }[] = []

before(async () => {
  inline = await createInlineServices({})
  const { services } = inline
  const load = () => ({ ...services.storage.load(), depth: waiting })
  const { storage } = services
  const crowded = {
    name: storage.name,
    ask: storage.ask.bind(storage),
    tell: storage.tell.bind(storage),
    load,
  } as typeof storage
  const { clock } = services
  const after: Clock['after'] = (_delayMs, work) => {
    due.push(work)
    return () => undefined
  }
  const server = createPublicServer({
    issuer: 'https://auth.test',
    isSecure: true,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    bodyBytesMax: limits.formBytesMax,
    addressOf: clientAddressReader([]),
    trustsPeer: () => false,
    registrationRate: null,
    clock: { ...clock, after },
    random: services.random,
    tracer: silentTracer,
    log: inline.log,
    meters: { countRequest: (request) => void counted.push(request) },
    services: { ...services, storage: crowded },
    readiness: createReadinessProbe({ storage, clock, isHealthy: () => true }),
    allowedOrigins: ['https://app.test'],
    rateLimit: null,
  })
  port = (await listen(server, { host: '127.0.0.1', port: 0 })).port
  close = () => server.close()
})
after(async () => {
  await close()
  await inline.stop()
})
beforeEach(() => {
  waiting = limits.waitingMessagesMax.token
})

const host = 'Host: auth.test\r\n'
const form = 'Content-Type: application/x-www-form-urlencoded\r\n'
const body = 'grant_type=client_credentials'
const livez = `GET /livez HTTP/1.1\r\n${host}\r\n`

/** A token request with these headers, each with its line end. */
const tokenRequest = (headers: string): string =>
  `POST /oauth/token HTTP/1.1\r\n${host}${form}${headers}` +
  `Content-Length: ${body.length}\r\n\r\n${body}`

async function answersTo(bytes: string, responses: number): Promise<readonly RawResponse[]> {
  const answer = await sendRaw(port, bytes, { responses })
  assert.equal(answer.responses.length, responses, answer.text)
  return answer.responses
}

async function answerTo(bytes: string): Promise<RawResponse> {
  const [response] = await answersTo(bytes, 1)
  assert.ok(response !== undefined)
  return response
}

const varying = new Set(['x-request-id', 'date'])

const fixedHeaders = ({ headers }: RawResponse) =>
  [...headers].filter(([name]) => !varying.has(name)).sort()

describe('a refusal in front of the framework', () => {
  for (const accept of ['', 'Accept: application/json\r\n', 'Accept: text/html, */*\r\n']) {
    test(`is the one of the route (${JSON.stringify(accept)})`, async () => {
      const early = await answerTo(tokenRequest(accept))
      // Another origin needs CORS headers, or the lack of them, so this one is the framework's.
      const late = await answerTo(tokenRequest(`${accept}Origin: https://other.test\r\n`))

      assert.equal(early.status, 503)
      assert.equal(headerOf(early, 'retry-after'), '1')
      assert.equal(JSON.parse(early.body).error, 'temporarily_unavailable')
      assert.equal(late.status, early.status)
      assert.equal(late.body, early.body)
      assert.deepEqual(fixedHeaders(early), fixedHeaders(late))
      assert.match(headerOf(early, 'x-request-id') ?? '', /^[0-9a-f]{32}$/)
    })
  }

  test('names the request as its sender did', async () => {
    const response = await answerTo(tokenRequest('X-Request-ID: mine-1\r\n'))

    assert.equal(headerOf(response, 'x-request-id'), 'mine-1')
  })

  test('leaves the connection in step, however large the body', async () => {
    const large =
      `POST /oauth/token HTTP/1.1\r\n${host}${form}Content-Length: ${limits.formBytesMax}\r\n\r\n` +
      'x'.repeat(limits.formBytesMax)
    const responses = await answersTo(tokenRequest('') + large + tokenRequest('') + livez, 4)

    assert.deepEqual(
      responses.map(({ status }) => status),
      [503, 503, 503, 200],
    )
  })

  test('keeps the order behind an answer that takes longer', async () => {
    const ready = `GET /ready HTTP/1.1\r\n${host}\r\n`
    const responses = await answersTo(ready + tokenRequest('') + livez, 3)

    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 503, 200],
    )
  })

  test('is counted as a request of the route', async () => {
    counted.length = 0

    await answerTo(tokenRequest(''))

    assert.deepEqual(
      counted.map(({ method, route, status }) => ({ method, route, status })),
      [{ method: 'POST', route: '/oauth/token', status: 503 }],
    )
  })
})

test('one line tells of all refusals since the one before', async () => {
  for (const work of due.splice(0)) work()
  const before = inline.lines.length

  await answersTo(tokenRequest('').repeat(3), 3)
  const waitingLines = due.length
  for (const work of due.splice(0)) work()
  await answersTo(tokenRequest(''), 1)
  for (const work of due.splice(0)) work()

  assert.equal(waitingLines, 1)
  assert.deepEqual(
    inline.lines.slice(before).map(({ message, fields }) => [message, fields]),
    [
      ['requests refused for overload', { refused: 3 }],
      ['requests refused for overload', { refused: 1 }],
    ],
  )
})

test('a browser of an allowed origin may read its refusal', async () => {
  const response = await answerTo(tokenRequest('Origin: https://app.test\r\n'))

  assert.equal(response.status, 503)
  assert.equal(headerOf(response, 'access-control-allow-origin'), 'https://app.test')
})

test('what is no token request is answered under any load', async () => {
  const paths = ['/livez', '/ready', '/.well-known/jwks.json', '/openapi.json']
  for (const path of [...paths, '/.well-known/oauth-authorization-server']) {
    const response = await answerTo(`GET ${path} HTTP/1.1\r\n${host}\r\n`)
    assert.equal(response.status, 200, path)
  }
  const preflight = await answerTo(`OPTIONS /oauth/token HTTP/1.1\r\n${host}\r\n`)
  assert.equal(preflight.status, 204)
})

test('control: while few messages wait a token request is looked at', async () => {
  waiting = limits.waitingMessagesMin - 1

  const response = await answerTo(tokenRequest(''))

  assert.equal(response.status, 401)
})
