// Commands beside a running server (decision B52): they change what it serves at once, and leave
// alone what only it may change.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { secretOf, seedClient } from '../support/seed.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { type Ending, runCommand } from './run-command.ts'

let server: RunningServer

before(async () => {
  server = await startServer({ seed: (services) => seedClient(services, 'm2m', {}) })
})
after(() => server.stop())

async function run(...args: readonly string[]): Promise<Ending> {
  return runCommand(args, { environment: server.environment })
}

/** Runs a command that must work; its JSON. */
async function runJson(...args: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { status, stdout, stderr } = await run(...args, '--json')
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

async function tokenOf(clientId: string, secret: string): Promise<string> {
  const response = await fetch(`${server.baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
    }),
  })
  const body = (await response.json()) as { readonly access_token?: string }
  assert.equal(response.status, 200, JSON.stringify(body))
  return body.access_token ?? ''
}

const kidOf = (jwt: string): string => String(decodeProtectedHeader(jwt).kid)

async function publishedKids(): Promise<readonly string[]> {
  const response = await fetch(`${server.baseUrl}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

describe('a client that a command created', () => {
  let clientId: string
  let secret: string

  before(async () => {
    const created = await runJson(
      ...['admin', 'client', 'create', '--name', 'nightly', '--scope', 'tools/echo'],
      ...['--grant-types', 'client_credentials', '--auth-method', 'client_secret_post'],
    )
    clientId = created['client_id'] ?? ''
    secret = created['client_secret'] ?? ''
  })

  test('gets a token from the running server at once', async () => {
    await tokenOf(clientId, secret)
  })

  test('is stopped at once by another command', async () => {
    assert.equal((await run('admin', 'client', 'suspend', '--id', clientId)).status, 0)
    await assert.rejects(tokenOf(clientId, secret), /invalid_client/)
  })
})

test('a rotation by command is taken over by the running server', async () => {
  const old = await tokenOf('m2m', secretOf('m2m'))
  const { kid = '' } = await runJson('admin', 'key', 'rotate')
  await server.logContains(`"current":"${kid}"`)
  const young = await tokenOf('m2m', secretOf('m2m'))

  assert.notEqual(kidOf(old), kid)
  assert.equal(kidOf(young), kid)
  assert.deepEqual(await publishedKids(), [kid, kidOf(old)])
  const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/.well-known/jwks.json`))
  for (const jwt of [old, young]) await jwtVerify(jwt, keys, { issuer: server.issuer })
})

test('a second rotation needs force while tokens of the dropped key may be alive', async () => {
  const kids = await publishedKids()
  const refused = await run('admin', 'key', 'rotate')

  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /too recent/)
  assert.deepEqual(await publishedKids(), kids)
})

test('no command migrates the database under the running server', async () => {
  const recorded = server.rows('SELECT * FROM schema_migrations')
  server.execute('DELETE FROM schema_migrations')
  const refused = await run('migrate')
  const left = server.rows('SELECT * FROM schema_migrations')
  const { version, applied_at: appliedAt } = recorded[0] ?? {}
  server.execute(`INSERT INTO schema_migrations VALUES (${version}, '${appliedAt}')`)

  assert.equal(recorded.length, 1)
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /migrate it first/)
  assert.deepEqual(left, [])
  assert.equal((await run('migrate')).status, 0)
})
