// An operator's day by commands alone, beside a running server: everything that is made, changed
// and looked at takes effect on what the server answers, and the other way round.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { type Ending, runCommand } from './run-command.ts'

let server: RunningServer

before(async () => {
  server = await startServer({})
})
after(() => server.stop())

async function run(...args: readonly string[]): Promise<Ending> {
  return runCommand(args, { environment: server.environment })
}

/** What a command that must work prints. */
async function printed(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(...args)
  assert.equal(stderr, '')
  assert.equal(status, 0)
  return stdout
}

async function printedJson(...args: readonly string[]) {
  return JSON.parse(await printed(...args, '--json'))
}

interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function requestToken(clientId: string, secret: string): Promise<TokenAnswer> {
  const response = await fetch(`${server.baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
      resource: 'https://notes.test/mcp',
    }),
  })
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] }
}

async function adminGet(path: string): Promise<unknown> {
  const response = await fetch(`${server.adminUrl}${path}`, {
    headers: { authorization: `Bearer ${server.adminKey()}` },
  })
  assert.equal(response.status, 200)
  return response.json()
}

describe('from a resource and a client to the audit log', () => {
  let resourceId: string
  let clientId: string
  let secret: string
  let issuanceId: string

  before(async () => {
    const resource = await printedJson(
      ...['admin', 'resource', 'create', '--slug', 'notes', '--backend-kind', 'mint'],
      ...['--uri', 'https://notes.test/mcp', '--scopes', 'notes.read||Read notes'],
    )
    resourceId = resource.id
    const client = await printedJson(
      ...['admin', 'client', 'create', '--name', 'nightly', '--scope', 'notes.read'],
      ...['--grant-types', 'client_credentials', '--auth-method', 'client_secret_post'],
    )
    clientId = client.client_id
    secret = client.client_secret
    assert.equal((await requestToken(clientId, secret)).status, 200)
    const list = await printedJson('admin', 'issuance', 'list', '--client', clientId)
    issuanceId = list.issuances[0].id
  })

  test('finds the token that the server issued', async () => {
    const line = await printed('admin', 'issuance', 'get', '--id', issuanceId)

    assert.match(line, new RegExp(` client=${clientId} resource=${resourceId} backend=mint `))
    assert.match(line, / scopes=notes\.read\n$/)
  })

  test('changes what the next token may do', async () => {
    await printed('admin', 'client', 'update', '--id', clientId, '--scope', 'other')
    const refused = await requestToken(clientId, secret)
    await printed('admin', 'client', 'update', '--id', clientId, '--scope', 'notes.read')
    const issued = await requestToken(clientId, secret)

    assert.equal(refused.status, 400)
    assert.equal(issued.status, 200)
  })

  test('changes the resource, in view of the admin API', async () => {
    await printed('admin', 'resource', 'update', '--id', resourceId, '--display-name', 'My notes')
    await printed(
      ...['admin', 'resource', 'allowed-client', 'add'],
      ...['--slug', 'notes', '--client-id', clientId],
    )

    const seen = (await adminGet(`/admin/resources/${resourceId}`)) as Record<string, unknown>
    const listed = await printedJson('admin', 'resource', 'get', '--id', resourceId)
    assert.equal(seen['display_name'], 'My notes')
    assert.deepEqual(seen, listed)
  })

  test('revokes the token and finds that in the audit log', async () => {
    await printed('admin', 'issuance', 'revoke', '--id', issuanceId)
    const issuance = await printedJson('admin', 'issuance', 'get', '--id', issuanceId)
    const search = ['--action', 'issuance.revoked_admin', '--client', clientId] as const
    const [event] = await printedJson('admin', 'audit', 'list', ...search)

    assert.match(issuance.revoked_at, /^\d{4}-/)
    assert.match(event.detail, new RegExp(`id=${issuanceId} `))
  })

  test('exports the log, equal to what the admin API lists', async () => {
    const path = join(server.dataDirectory, 'audit.ndjson')
    await printed('admin', 'audit', 'export', '--client', clientId, '--out', path)

    const exported = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(exported, await adminGet(`/admin/audit?client_id=${clientId}`))
    assert.ok(exported.some(({ action }) => action === 'client_credentials.issued'))
  })

  test('counts what the admin API counts', async () => {
    assert.deepEqual(await printedJson('admin', 'stats'), await adminGet('/admin/stats'))
  })

  test('deletes nothing that is in use, and says what would', async () => {
    const client = await run('admin', 'client', 'delete', '--id', clientId)
    const resource = await run('admin', 'resource', 'delete', '--id', resourceId)

    assert.equal(client.status, 1)
    assert.match(client.stderr, /^error: .*--force\n$/)
    assert.equal(resource.status, 1)
    assert.match(resource.stderr, /^error: issued tokens/)
  })

  test('deletes the client by force, and the server knows it no more', async () => {
    await printed('admin', 'client', 'delete', '--id', clientId, '--force')

    assert.deepEqual((await requestToken(clientId, secret)).body['error'], 'invalid_client')
  })
})

test('the registration mode that a command stores is the one the server tells', async () => {
  const before = await adminGet('/admin/settings/dcr')
  await printed('admin', 'dcr', 'set', '--mode', 'admin_only')

  assert.notDeepEqual(before, { mode: 'admin_only' })
  assert.deepEqual(await adminGet('/admin/settings/dcr'), { mode: 'admin_only' })
  assert.equal(await printed('admin', 'dcr', 'get'), 'mode=admin_only\n')
})

test('the key that a command makes is the one the server signs with', async () => {
  const { kid } = await printedJson('admin', 'key', 'rotate')
  await server.logContains(`"current":"${kid}"`)

  assert.deepEqual(await adminGet('/admin/keys'), await printedJson('admin', 'key', 'list'))
})

describe('the health check', () => {
  test('finds the server by the configuration alone, without its secrets', async () => {
    const { AUTHPLANE_SERVER_ADDRESS: address = '' } = server.environment
    const environment = {
      PATH: server.environment['PATH'],
      AUTHPLANE_SERVER_ADDRESS: address,
      AUTHPLANE_SERVER_ISSUER: 'https://auth.example.com',
      AUTHPLANE_SESSION_SECRET_FILE: '/run/secrets/only-for-the-server',
    }

    const { status, stdout, stderr } = await runCommand(['healthcheck'], { environment })

    assert.equal(stderr, '')
    assert.equal(stdout, `url=http://${address}/livez status=alive\n`)
    assert.equal(status, 0)
  })

  test('fails for a server that is not there', async () => {
    const environment = { ...server.environment, AUTHPLANE_SERVER_ADDRESS: '127.0.0.1:1' }

    const { status, stderr } = await runCommand(['healthcheck'], { environment })

    assert.equal(status, 1)
    assert.match(stderr, /^error: http:\/\/127\.0\.0\.1:1\/livez cannot be reached/)
  })

  test('asks what it is told to ask', async () => {
    assert.equal((await run('healthcheck', '--url', `${server.baseUrl}/ready`)).status, 0)
    assert.equal((await run('healthcheck', '--url', `${server.baseUrl}/nothing`)).status, 1)
  })
})
