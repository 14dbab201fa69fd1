// The server behind nginx, with the configuration that we ship: what Caddy does, this proxy does as
// well (spec 01 §1.5, decision B12).
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import { type Nginx, startNginx } from '../support/nginx.ts'
import { secretOf, seedClient } from '../support/seed.ts'
import { freePorts, type RunningServer, startServer } from '../support/start-server.ts'
import { type SiteAnswer, siteName } from '../support/tls-site.ts'

const issuer = `https://${siteName}`

let server: RunningServer
let nginx: Nginx
let ports: readonly [number, number]

before(async () => {
  ports = await freePorts()
  server = await startServer({
    environment: {
      AUTHPLANE_SERVER_ISSUER: issuer,
      AUTHPLANE_SERVER_TRUSTED_PROXIES: '127.0.0.1/32,::1/128',
      AUTHPLANE_SESSION_SECURE: 'true',
      AUTHPLANE_SESSION_SECRET: randomBytes(32).toString('base64'),
      AUTHPLANE_ADMIN_API_KEY: randomBytes(32).toString('base64'),
    },
    seed: (services) => seedClient(services, 'm2m', {}),
  })
  nginx = await startNginx({ ports, upstreamPort: server.port })
})
after(async () => {
  await nginx.stop()
  await server.stop()
})

function askForToken(
  headers: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
): Promise<SiteAnswer> {
  const credentials = { client_id: 'm2m', client_secret: secretOf('m2m') }
  const form = { grant_type: 'client_credentials', ...credentials, ...more }
  return nginx.send({
    path: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  })
}

test('a token passes, neither stored nor compressed, with the headers of the server', async () => {
  const { status, headers, body } = await askForToken({ 'accept-encoding': 'gzip, br' }, {})

  assert.equal(status, 200, body)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['content-encoding'], undefined)
  assert.equal(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains')
})

test("the client's address reaches the audit log, whatever the client says of it", async () => {
  await askForToken({ 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' }, {})
  const [row] = server.rows('SELECT ip FROM audit_events ORDER BY id DESC LIMIT 1')

  assert.equal(row?.['ip'], '127.0.0.2')
})

test('a form that is too large gets the error of the server', async () => {
  const { status, body } = await askForToken({}, { more: 'x'.repeat(65 * 1024) })

  assert.equal(status, 413)
  assert.equal(JSON.parse(body).error, 'invalid_request')
})

test('a body that nothing of the server would read ends at the proxy', async () => {
  const { status, body } = await askForToken({}, { more: 'x'.repeat(129 * 1024) })

  assert.equal(status, 413)
  assert.match(body, /nginx/)
})

test('the admin API and the metrics are not there', async () => {
  for (const path of ['/admin/clients', '/metrics', '/admin/ui/']) {
    assert.equal((await nginx.send({ path })).status, 404, path)
  }
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

test('a server that is gone gives 502, and tokens again when it is back', async () => {
  assert.equal(await server.terminate(), 0)
  const away = await askForToken({}, {})
  server = await server.restart()
  const back = await askForToken({}, {})

  assert.deepEqual([away.status, back.status], [502, 200])
})
