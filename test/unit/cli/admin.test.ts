// Administrative commands (spec 05 §8).
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseScopeTuple } from '../../../src/cli/admin/scope-tuple.ts'
import { seedClient, seedResource } from '../../support/seed.ts'
import { type Cli, startCli } from './cli-harness.ts'

const machine = ['--name', 'Robot', '--grant-types', 'client_credentials']
const confidential = [...machine, '--auth-method', 'client_secret_basic']

async function createClient(cli: Cli): Promise<string> {
  const { out } = await cli.run('admin', 'client', 'create', ...confidential, '--json')
  return JSON.parse(out).client_id
}

function actions(cli: Cli): readonly unknown[] {
  const rows = cli.inline.rows('SELECT action, actor_id FROM audit_events ORDER BY id')
  return rows.map((row) => `${row['actor_id']} ${row['action']}`)
}

test('creates a client and prints its secret on a line of its own', async (t) => {
  const cli = await startCli(t)

  const { status, out } = await cli.run('admin', 'client', 'create', ...confidential)

  assert.equal(status, 0)
  assert.match(out, /^id=[\w-]{22} name=Robot\nclient_secret=[\w-]{43}\n$/)
  assert.deepEqual(actions(cli), ['admin client.created_admin'])
})

test('prints no secret for a public client', async (t) => {
  const cli = await startCli(t)

  const { out } = await cli.run(
    ...['admin', 'client', 'create', '--name', 'App'],
    ...['--redirect-uris', 'https://a.test/cb, http://127.0.0.1/'],
  )

  assert.match(out, /^id=[\w-]{22} name=App\n$/)
  const [row] = cli.inline.rows('SELECT redirect_uris, grant_types FROM clients')
  assert.deepEqual(row, {
    redirect_uris: '["https://a.test/cb","http://127.0.0.1/"]',
    grant_types: '["authorization_code","refresh_token"]',
  })
})

test('takes options of a client from variables, and prefers the command line', async (t) => {
  const cli = await startCli(t)
  const variables = {
    AUTHSERVER_CLIENT_NAME: 'Of the environment',
    AUTHSERVER_CLIENT_GRANT_TYPES: 'client_credentials',
    AUTHSERVER_CLIENT_SCOPE: 'a b',
    AUTHSERVER_CLIENT_AUTH_METHOD: 'client_secret_post',
    AUTHSERVER_CLIENT_REDIRECT_URIS: 'https://a.test/',
  }

  const { out } = await cli.runWith(
    variables,
    ...['admin', 'client', 'create', '--scope', 'c', '--json'],
  )

  const { client_name, grant_types, scope, redirect_uris, token_endpoint_auth_method } =
    JSON.parse(out)
  assert.equal(client_name, 'Of the environment')
  assert.deepEqual(grant_types, ['client_credentials'])
  assert.equal(scope, 'c')
  assert.deepEqual(redirect_uris, ['https://a.test/'])
  assert.equal(token_endpoint_auth_method, 'client_secret_post')
})

test('tells all problems of a client', async (t) => {
  const cli = await startCli(t)

  const { status, error } = await cli.run(
    ...['admin', 'client', 'create', '--name', 'App', '--auth-method', 'x'],
  )

  assert.equal(status, 1)
  assert.match(error, /^error: redirect_uris is required.*; token_endpoint_auth_method must/)
})

test('lists clients as lines and as the JSON of the API', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', { name: 'A "b"\nid=c-2', status: 'suspended' })

  const lines = await cli.run('admin', 'client', 'list')
  const json = await cli.run('admin', 'client', 'list', '--json')
  const none = await cli.run('admin', 'client', 'list', '--status', 'active', '--source', 'dcr')

  assert.equal(lines.out, 'id=c-1 name="A \\"b\\"\\nid=c-2" status=suspended source=admin\n')
  assert.match(json.out, /^\[\n {2}\{\n {4}"id": "c-1",/)
  assert.equal(none.out, '')
})

test('keeps to the limit of a list', async (t) => {
  const cli = await startCli(t)
  for (const id of ['a', 'b', 'c']) await seedClient(cli.inline.services, id, {})

  const { out } = await cli.run('admin', 'client', 'list', '--limit', '2')

  assert.equal(out.split('\n').length, 3)
})

test('shows one client', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', { name: 'One' })

  const line = await cli.run('admin', 'client', 'get', '--id', 'c-1')
  const json = await cli.run('admin', 'client', 'get', '--id', 'c-1', '--json')

  assert.match(line.out, /^id=c-1 name=One status=active source=admin auth_method=/)
  assert.equal(JSON.parse(json.out).id, 'c-1')
  assert.equal(/hash|256\$/.test(line.out + json.out), false)
})

test('moves a client through its states and deletes it', async (t) => {
  const cli = await startCli(t)
  const id = await createClient(cli)
  const act = async (verb: string) => (await cli.run('admin', 'client', verb, '--id', id)).out

  assert.equal(await act('suspend'), `id=${id} status=suspended\n`)
  assert.equal(await act('reactivate'), `id=${id} status=active\n`)
  assert.match(await act('rotate-secret'), new RegExp(`^id=${id}\nclient_secret=[\\w-]{43}\n$`))
  assert.equal(await act('revoke'), `id=${id} status=revoked\n`)
  assert.equal(await act('delete'), `id=${id} status=deleted\n`)
  assert.deepEqual(
    actions(cli),
    ['created_admin', 'suspended', 'reactivated', 'secret_rotated', 'revoked', 'deleted'].map(
      (verb) => `admin client.${verb}`,
    ),
  )
})

test('takes the id of a client from a variable', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})

  const run = await cli.runWith(
    { AUTHSERVER_CLIENT_ID: 'c-1' },
    ...['admin', 'client', 'delete', '--force'],
  )

  assert.equal(run.out, 'id=c-1 status=deleted\n')
})

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['client create', /required option '--name <name>' is missing/],
  ['client get', /required option '--id <id>' is missing/],
  ['client get --id nobody', /there is no client with this id/],
  ['client suspend --id nobody', /there is no client with this id/],
  ['client list --status gone', /--status must be one of active, suspended, revoked/],
  ['client list --limit 0', /--limit must be a whole number above 0/],
  ['client list --limit 1e3', /--limit must be a whole number above 0/],
  ['resource create --backend-kind mint', /required option '--slug <slug>' is missing/],
  ['resource create --slug a', /required option '--backend-kind <kind>' is missing/],
  ['resource create --slug a --backend-kind x', /backend_kind must be one of mint, broker/],
  ['resource create --slug a --backend-kind mint --scopes a --scopes-file b', /combined/],
  ['resource create --slug a --backend-kind mint --scopes-file /nowhere', /cannot read \/nowhere/],
  ['resource create --slug a --backend-kind mint --policy-allowed-clients ,', /is empty/],
  ['resource get --id nothing', /there is no resource with this id/],
  ['resource delete --id nothing', /there is no resource with this id/],
  ['resource runtime-client list --slug nothing', /there is no resource with this slug/],
  ['resource runtime-client add --slug a', /required option '--client-id <id>' is missing/],
  ['issuance list', /one of user, client, resource and jti is required/],
  ['issuance list --client c --since 31d', /since may be 30 days ago at most/],
  ['issuance list --client c --since soon', /--since must be an age such as/],
  ['issuance list --client c --limit 5001', /limit must be between 1 and 5000/],
  ['issuance get --id nothing', /there is no issuance with this id/],
]

for (const [line, message] of mistakes) {
  test(`refuses admin ${line}`, async (t) => {
    const cli = await startCli(t)

    const { status, out, error } = await cli.run('admin', ...line.split(' '))

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, /^error: /)
    assert.match(error, message)
  })
}

test('creates a resource with scopes and policy, and shows it', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})

  const created = await cli.run(
    ...['admin', 'resource', 'create', '--slug', 'notes', '--backend-kind', 'mint'],
    ...['--uri', 'https://notes.test/', '--display-name', 'My notes'],
    ...['--scopes', 'read||Read | all', '--scopes', 'write'],
    ...['--policy-allowed-clients', 'c-1', '--policy-runtime-client-ids', 'c-1,c-1'],
  )
  const list = await cli.run('admin', 'resource', 'list', '--backend-kind', 'mint')
  const id = /^id=(\S+) slug=notes\n$/.exec(created.out)?.[1] ?? ''
  const line = await cli.run('admin', 'resource', 'get', '--id', id)
  const json = await cli.run('admin', 'resource', 'get', '--id', id, '--json')

  const base = `id=${id} slug=notes backend_kind=mint broker_provider_id= uri=https://notes.test/`
  assert.equal(list.out, `${base} scopes=read,write\n`)
  assert.equal(line.out, `${base} scopes=read,write display_name="My notes"\n`)
  const view = JSON.parse(json.out)
  assert.deepEqual(view.scopes, [{ name: 'read', description: 'Read | all' }, { name: 'write' }])
  assert.deepEqual(view.policy, {
    exchange: { allowed_client_ids: ['c-1'] },
    runtime: { client_ids: ['c-1'] },
  })
})

test('reads scopes from a file', async (t) => {
  const cli = await startCli(t)
  const path = join(cli.inline.directory, 'scopes.json')
  writeFileSync(path, '[{"name":"read","upstream":"mail.read","description":"Read"}]')

  const { out } = await cli.run(
    ...['admin', 'resource', 'create', '--slug', 'notes', '--backend-kind', 'mint'],
    ...['--scopes-file', path, '--json'],
  )

  assert.deepEqual(JSON.parse(out).scopes, [
    { name: 'read', description: 'Read', upstream: 'mail.read' },
  ])
})

for (const [what, content, message] of [
  ['no JSON', 'read', /cannot read/],
  ['no list', '{"name":"read"}', /scopes must be a list/],
  ['an unknown member', '[{"name":"read","title":"x"}]', /unknown field/],
  ['more than 1 MiB', `[${' '.repeat(1024 * 1024)}]`, /larger than/],
] as const) {
  test(`refuses a scopes file with ${what}`, async (t) => {
    const cli = await startCli(t)
    const path = join(cli.inline.directory, 'scopes.json')
    writeFileSync(path, content)

    const { status, error } = await cli.run(
      ...['admin', 'resource', 'create', '--slug', 'notes', '--backend-kind', 'mint'],
      ...['--scopes-file', path],
    )

    assert.equal(status, 1)
    assert.match(error, message)
  })
}

test('edits the runtime clients of a resource and leaves the rest of its policy', async (t) => {
  const cli = await startCli(t)
  const { services } = cli.inline
  await seedClient(services, 'c-1', {})
  await seedResource(services, 'notes', {
    policy: {
      exchangeAllowedClientIds: ['c-1'],
      runtimeClientIds: [],
      connectAllowedReturnUrls: [],
    },
  })
  const run = (...argv: readonly string[]) =>
    cli.run('admin', 'resource', 'runtime-client', ...argv, '--slug', 'notes')

  const added = await run('add', '--client-id', 'c-1')
  const listed = await run('list', '--json')
  const removed = await run('remove', '--client-id', 'c-1')
  const [row] = cli.inline.rows('SELECT policy FROM resources')

  assert.equal(added.out, 'client_id=c-1\n')
  assert.equal(listed.out, '{\n  "client_ids": [\n    "c-1"\n  ]\n}\n')
  assert.equal(removed.out, '')
  assert.deepEqual(JSON.parse(String(row?.['policy'])).exchange, { allowed_client_ids: ['c-1'] })
})

test('deletes a resource', async (t) => {
  const cli = await startCli(t)
  await seedResource(cli.inline.services, 'notes', {})

  const { out } = await cli.run('admin', 'resource', 'delete', '--id', 'notes')

  assert.equal(out, 'id=notes status=deleted\n')
  assert.deepEqual(cli.inline.rows('SELECT id FROM resources'), [])
})

test('lists issuances in the envelope of the API', async (t) => {
  const cli = await startCli(t)

  const window = await cli.run(
    'admin',
    'issuance',
    'list',
    '--client',
    'c',
    '--since',
    '30d',
    '--json',
  )
  const single = await cli.run('admin', 'issuance', 'list', '--jti', 'x', '--json')

  assert.match(JSON.parse(window.out).since, /^\d{4}-/)
  assert.deepEqual(JSON.parse(single.out), { issuances: [], since: '', count: 0 })
})

test('lists and rotates keys, a second time only by force', async (t) => {
  const cli = await startCli(t)

  const before = await cli.run('admin', 'key', 'list')
  const rotated = await cli.run('admin', 'key', 'rotate')
  const refused = await cli.run('admin', 'key', 'rotate')
  const forced = await cli.run('admin', 'key', 'rotate', '--force', '--json')
  const after = await cli.run('admin', 'key', 'list', '--json')

  assert.match(before.out, /^kid=\S+ alg=ES256 use=sig status=current\n$/)
  assert.match(rotated.out, /^kid=\S+ alg=ES256\n$/)
  assert.equal(refused.status, 1)
  assert.match(refused.error, /^error: the last rotation is too recent/)
  const { kid } = JSON.parse(forced.out)
  assert.equal(JSON.parse(after.out).keys[0].kid, kid)
  assert.deepEqual(
    cli.asked.map(({ needs }) => needs.join(',')),
    ['signer', 'storage,signer', 'storage,signer', 'storage,signer', 'signer'],
  )
})

for (const [text, scope] of [
  ['read', { name: 'read', upstream: '', description: '' }],
  ['read||Read it', { name: 'read', upstream: '', description: 'Read it' }],
  ['read|mail.read', { name: 'read', upstream: 'mail.read', description: '' }],
  ['a:b|up|x|y', { name: 'a:b', upstream: 'up', description: 'x|y' }],
] as const) {
  test(`reads the scope tuple ${text}`, () => {
    assert.deepEqual(parseScopeTuple(text), scope)
  })
}
