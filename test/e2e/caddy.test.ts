// The server behind Caddy, with the Caddyfile that we ship, as in production: TLS, an issuer that
// is not localhost, real secrets (spec 01 §1.3 and §1.5, 08 §7, decision B12).
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage, request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { type Caddy, startCaddy } from '../support/caddy.ts'
import { secretOf, seedClient } from '../support/seed.ts'
import { freePorts, type RunningServer, startServer } from '../support/start-server.ts'
import { type SiteRequest, siteName } from '../support/tls-site.ts'

const issuer = `https://${siteName}`
const adminKey = randomBytes(32).toString('base64')
const production = {
  AUTHPLANE_SERVER_ISSUER: issuer,
  AUTHPLANE_SESSION_SECURE: 'true',
  AUTHPLANE_SESSION_SECRET: randomBytes(32).toString('base64'),
  AUTHPLANE_ADMIN_API_KEY: adminKey,
}
const trusting = { AUTHPLANE_SERVER_TRUSTED_PROXIES: '127.0.0.1/32,::1/128' }
/** A bucket that a test can empty, and that does not fill up again meanwhile. */
const tightLimit = { AUTHPLANE_RATE_LIMIT_RPS: '0.01', AUTHPLANE_RATE_LIMIT_BURST: '8' }

let server: RunningServer
let caddy: Caddy
let ports: readonly [number, number]

async function startBoth(environment: Readonly<Record<string, string>>): Promise<void> {
  ports = await freePorts()
  server = await startServer({
    environment: { ...production, ...environment },
    seed: (services) => seedClient(services, 'm2m', {}),
  })
  caddy = await startCaddy({ ports, upstreamPort: server.port })
}

async function stopBoth(): Promise<void> {
  await caddy.stop()
  await server.stop()
}

function tokenRequest(more: Partial<SiteRequest>): SiteRequest {
  return {
    path: '/oauth/token',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'm2m',
      client_secret: secretOf('m2m'),
    }).toString(),
    ...more,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...more.headers },
  }
}

/** Addresses of the callers in the audit log, of issued tokens, in order. */
function auditedAddresses(): readonly unknown[] {
  return server
    .rows("SELECT ip FROM audit_events WHERE action = 'client_credentials.issued' ORDER BY id")
    .map(({ ip }) => ip)
}

describe('through Caddy', () => {
  before(() => startBoth(trusting))
  after(stopBoth)

  test('discovery names the URLs of the issuer', async () => {
    const answer = await caddy.send({ path: '/.well-known/oauth-authorization-server' })
    const metadata = JSON.parse(answer.body)

    assert.equal(metadata.issuer, issuer)
    assert.equal(metadata.token_endpoint, `${issuer}/oauth/token`)
    assert.equal(answer.headers['cache-control'], 'public, max-age=3600')
  })

  test('a client gets a token that verifies with the published keys', async () => {
    const token = JSON.parse((await caddy.send(tokenRequest({}))).body)
    const keys = await caddy.send({ path: '/.well-known/jwks.json' })
    const keySet = createLocalJWKSet(JSON.parse(keys.body))
    const { payload } = await jwtVerify(token.access_token, keySet, { issuer })

    assert.equal(payload.sub, 'm2m')
    assert.equal(keys.headers['cache-control'], 'public, max-age=300')
  })

  test('an answer with a token is neither stored nor compressed', async () => {
    const headers = { 'accept-encoding': 'gzip, br, zstd' }
    const { headers: answered } = await caddy.send(tokenRequest({ headers }))

    assert.equal(answered['cache-control'], 'no-store')
    assert.equal(answered['content-encoding'], undefined)
  })

  test('browsers are told to stay with https', async () => {
    const { headers } = await caddy.send({ path: '/livez' })

    assert.equal(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains')
  })

  test('plain http is answered with a redirect to https', async () => {
    const sent = get({
      ...{ host: '127.0.0.1', port: ports[1], agent: false },
      ...{ path: '/livez?a=b', headers: { host: siteName } },
    })
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()

    assert.equal(answer.statusCode, 308)
    assert.equal(answer.headers.location, `${issuer}/livez?a=b`)
  })

  for (const path of ['/admin/clients', '/metrics', '/admin/ui/', '//admin/clients']) {
    test(`${path} is not there, whoever has the admin key`, async () => {
      const headers = { authorization: `Bearer ${adminKey}` }
      const direct = await fetch(`${server.adminUrl}/admin/clients`, { headers })
      const { status } = await caddy.send({ path, headers })

      assert.equal(direct.status, 200, 'control: the key is right')
      assert.equal(status, 404)
    })
  }

  test('the address of the client reaches the audit log', async () => {
    await caddy.send(tokenRequest({ from: '127.0.0.3' }))

    assert.equal(auditedAddresses().at(-1), '127.0.0.3')
  })

  for (const [name, value] of [
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-For', '203.0.113.9, 127.0.0.1'],
    ['X-Real-IP', '203.0.113.9'],
    ['Forwarded', 'for=203.0.113.9'],
  ] as const) {
    test(`the client's own ${name}: ${value} is not believed`, async () => {
      await caddy.send(tokenRequest({ from: '127.0.0.4', headers: { [name]: value } }))

      assert.equal(auditedAddresses().at(-1), '127.0.0.4')
    })
  }

  test('a header of somebody who is not the proxy is not believed', async () => {
    const { path, headers, body } = tokenRequest({ headers: { 'x-forwarded-for': '203.0.113.9' } })
    const sent = request({
      ...{ host: '127.0.0.1', port: server.port, localAddress: '127.0.0.5', agent: false },
      ...{ path, headers, method: 'POST' },
    })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()

    assert.equal(answer.statusCode, 200)
    assert.equal(auditedAddresses().at(-1), '127.0.0.5')
  })

  test('a form that is too large gets the error of the server, every time', async () => {
    for (let attempt = 1; attempt <= 50; attempt += 1) {
      const answer = await caddy.send(tokenRequest({ body: `a=${'x'.repeat(65 * 1024)}` }))

      assert.equal(answer.status, 413, `attempt ${attempt}`)
      assert.equal(JSON.parse(answer.body).error, 'invalid_request')
    }
  })

  test('a restart of the server gives 502 while it lasts, and tokens again after it', async () => {
    assert.equal(await server.terminate(), 0)
    const away = await caddy.send(tokenRequest({}))
    server = await server.restart()
    const back = await caddy.send(tokenRequest({}))

    assert.deepEqual([away.status, back.status], [502, 200])
  })
})

/** Statuses of ten requests at once from each of two clients. */
async function statusesOfTwoClients(): Promise<readonly (readonly number[])[]> {
  const statuses: number[][] = []
  for (const from of ['127.0.0.6', '127.0.0.7']) {
    const sent = Array.from({ length: 10 }, () =>
      caddy.send({ path: '/.well-known/jwks.json', from }),
    )
    statuses.push((await Promise.all(sent)).map(({ status }) => status).toSorted())
  }
  return statuses
}

const passed = (count: number): readonly number[] =>
  Array.from({ length: 10 }, (_, index) => (index < count ? 200 : 429))

describe('the limit per address', () => {
  test('counts clients behind a trusted proxy one by one', async () => {
    await startBoth({ ...trusting, ...tightLimit })
    try {
      assert.deepEqual(await statusesOfTwoClients(), [passed(8), passed(8)])
    } finally {
      await stopBoth()
    }
  })

  test('counts all of them as the proxy when it is not trusted; so does the audit', async () => {
    await startBoth(tightLimit)
    try {
      await caddy.send(tokenRequest({ from: '127.0.0.6' }))
      const statuses = await statusesOfTwoClients()

      assert.deepEqual(auditedAddresses(), ['127.0.0.1'])
      assert.deepEqual(statuses, [passed(7), passed(0)])
    } finally {
      await stopBoth()
    }
  })
})
