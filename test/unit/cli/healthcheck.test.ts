// `healthcheck` (spec 05 §8): what it asks, and what it makes of the answers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ownLivezUrl } from '../../../src/cli/own-url.ts'
import { checkLiveness } from '../../../src/flows/operations/check-liveness.ts'
import { startCli } from './cli-harness.ts'

/** URL of a server of this test. */
async function serveOnce(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}/livez`
}

test('is content with a status of success, and says so', async (t) => {
  const cli = await startCli(t)
  const url = await serveOnce(t, (_request, response) => response.writeHead(204).end())

  const line = await cli.run('healthcheck', '--url', url)
  const json = await cli.run('healthcheck', '--url', url, '--json')

  assert.deepEqual(line, { status: 0, out: `url=${url} status=alive\n`, error: '' })
  assert.deepEqual(JSON.parse(json.out), { url, status: 'alive' })
  assert.deepEqual(cli.asked, [], 'neither database nor keys are opened')
})

for (const status of [302, 404, 503]) {
  test(`fails on the status ${status}`, async (t) => {
    const cli = await startCli(t)
    const url = await serveOnce(t, (_request, response) =>
      response.writeHead(status, { location: '/' }).end('a body'),
    )

    const { status: exit, error } = await cli.run('healthcheck', '--url', url)

    assert.equal(exit, 1)
    assert.equal(error, `error: ${url} answered with status ${status}\n`)
  })
}

test('fails when nobody is there', async (t) => {
  const cli = await startCli(t)

  const { status, error } = await cli.run('healthcheck', '--url', 'http://127.0.0.1:1/livez')

  assert.equal(status, 1)
  assert.match(error, /^error: http:\/\/127\.0\.0\.1:1\/livez cannot be reached: .*ECONNREFUSED/)
})

test('fails when nothing is answered in time', async (t) => {
  const url = await serveOnce(t, () => undefined)
  const started = performance.now()

  await assert.rejects(checkLiveness(new URL(url)), /did not answer within 3 s$/)

  assert.ok(performance.now() - started < 5000)
})

test('does not wait for the end of a body', async (t) => {
  const url = await serveOnce(t, (_request, response) => {
    response.writeHead(200).write('the first of many')
  })

  await checkLiveness(new URL(url))
})

for (const text of ['nowhere', 'ftp://a.test/', '/livez']) {
  test(`refuses --url ${text}`, async (t) => {
    const cli = await startCli(t)

    const { status, error } = await cli.run('healthcheck', '--url', text)

    assert.equal(status, 1)
    assert.equal(error, 'error: --url must be an absolute http or https URL\n')
  })
}

for (const [address, issuer, url] of [
  [':9000', 'http://localhost:9000', 'http://127.0.0.1:9000/livez'],
  ['0.0.0.0:8000', 'https://auth.example.com/tenant', 'http://127.0.0.1:8000/tenant/livez'],
  ['[::]:9000', 'https://auth.example.com', 'http://[::1]:9000/livez'],
  ['[::1]:9000', 'https://auth.example.com', 'http://[::1]:9000/livez'],
  ['10.0.0.7:80', 'https://auth.example.com', 'http://10.0.0.7/livez'],
  ['localhost:9000', 'https://auth.example.com', 'http://localhost:9000/livez'],
] as const) {
  test(`asks ${url} for a server on ${address}`, () => {
    const environment = {
      AUTHPLANE_SERVER_ADDRESS: address,
      AUTHPLANE_SERVER_ISSUER: issuer,
    }

    assert.equal(ownLivezUrl({ path: null, environment }).href, url)
  })
}

test('asks the address of the configuration file, and needs none of its secrets', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-healthcheck-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'config.yaml')
  writeFileSync(
    path,
    'server:\n  issuer: https://auth.example.com\n  address: ":7000"\n' +
      'session:\n  secret: "<generate-a-32-byte-random-string>"\n',
  )
  const environment = { AUTHPLANE_SESSION_SECRET_FILE: '/run/secrets/only-for-the-server' }

  assert.equal(ownLivezUrl({ path, environment }).href, 'http://127.0.0.1:7000/livez')
})

for (const [environment, message] of [
  [{ AUTHPLANE_SERVER_ADDRESS: 'nonsense' }, /server\.address \(AUTHPLANE_SERVER_ADDRESS\)/],
  [{ AUTHPLANE_SERVER_ISSUER: 'nonsense' }, /server\.issuer \(AUTHPLANE_SERVER_ISSUER\)/],
  [{ AUTHPLANE_SERVER_ADDRESS: ':0' }, /say where with --url/],
] as const) {
  test(`says what is wrong with ${JSON.stringify(environment)}`, () => {
    assert.throws(() => ownLivezUrl({ path: null, environment }), message)
  })
}

test('refuses a configuration file that is not there', () => {
  assert.throws(() => ownLivezUrl({ path: '/nowhere.yaml', environment: {} }), /\/nowhere\.yaml/)
})
