// `admin client update` (spec 05 §8), and what the other client commands print as JSON.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedClient } from '../../support/seed.ts'
import { type Cli, startCli } from './cli-harness.ts'
import { issueTo } from './issued-token.ts'

const stored = (cli: Cli): Readonly<Record<string, unknown>> =>
  cli.inline.rows('SELECT name, redirect_uris, grant_types, scope FROM clients')[0] ?? {}

const before = {
  name: 'Client c-1',
  redirect_uris: '[]',
  grant_types: '["client_credentials"]',
  scope: 'tools/echo',
}

for (const [option, value, change] of [
  ['--name', 'New name', { name: 'New name' }],
  ['--scope', 'a b', { scope: 'a b' }],
  ['--scope', '', { scope: '' }],
  ['--redirect-uris', 'https://a.test/cb, https://b.test/', { redirect_uris: '' }],
] as const) {
  test(`changes only what ${option} ${JSON.stringify(value)} names`, async (t) => {
    const cli = await startCli(t)
    await seedClient(cli.inline.services, 'c-1', {})

    const { status, error } = await cli.run(
      ...['admin', 'client', 'update', '--id', 'c-1', option, value],
    )

    const uris = '["https://a.test/cb","https://b.test/"]'
    const expected = 'redirect_uris' in change ? { redirect_uris: uris } : change
    assert.equal(error, '')
    assert.equal(status, 0)
    assert.deepEqual(stored(cli), { ...before, ...expected })
  })
}

test('prints the client that results', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})
  const update = ['admin', 'client', 'update', '--id', 'c-1', '--name', 'New'] as const

  const line = await cli.run(...update)
  const table = await cli.runOnTerminal(80, ...update)
  const json = await cli.run(...update, '--json')

  assert.equal(line.out, 'id=c-1 name=New status=active source=admin\n')
  assert.equal(table.out, 'ID   NAME  STATUS  SOURCE\nc-1  New   active  admin\n')
  assert.equal(JSON.parse(json.out).name, 'New')
})

test('takes the id from a variable, and nothing else', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})
  const variables = {
    AUTHSERVER_CLIENT_ID: 'c-1',
    AUTHSERVER_CLIENT_NAME: 'Of the environment',
    AUTHSERVER_CLIENT_SCOPE: 'everything',
  }

  const { status } = await cli.runWith(
    variables,
    ...['admin', 'client', 'update', '--redirect-uris', 'https://a.test/'],
  )

  assert.equal(status, 0)
  assert.deepEqual(stored(cli), { ...before, redirect_uris: '["https://a.test/"]' })
})

for (const [line, message] of [
  ['client update --name x', /required option '--id <id>' is missing/],
  ['client update --id nobody --name x', /there is no client with this id/],
  ['client update --id c-1 --redirect-uris nonsense', /nonsense/],
  ['client update --id c-1 --grant-types magic', /magic/],
] as const) {
  test(`refuses admin ${line}`, async (t) => {
    const cli = await startCli(t)
    await seedClient(cli.inline.services, 'c-1', {})

    const { status, out, error } = await cli.run('admin', ...line.split(' '))

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, message)
    assert.deepEqual(stored(cli), before)
  })
}

test('prints statuses and secrets as JSON, too', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})
  const json = async (verb: string): Promise<unknown> =>
    JSON.parse((await cli.run('admin', 'client', verb, '--id', 'c-1', '--json')).out)

  assert.deepEqual(await json('suspend'), { id: 'c-1', status: 'suspended' })
  assert.deepEqual(Object.keys((await json('rotate-secret')) as object), [
    'client_id',
    'client_secret',
  ])
  assert.deepEqual(await json('delete'), { id: 'c-1', status: 'deleted' })
})

test('shows a secret whole in the narrowest table', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})

  const { out } = await cli.runOnTerminal(20, 'admin', 'client', 'rotate-secret', '--id', 'c-1')

  assert.match(out, /^ID\nc-1\n\nCLIENT_SECRET +[\w-]{43}\n$/)
})

test('names the option that deletes a client with live tokens', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', {})
  await issueTo(cli.inline.services, 'c-1', {})

  const refused = await cli.run('admin', 'client', 'delete', '--id', 'c-1')

  const forced = await cli.run('admin', 'client', 'delete', '--id', 'c-1', '--force')

  assert.equal(refused.status, 1)
  assert.match(refused.error, /live tokens.* --force\n$/)
  assert.equal(forced.out, 'id=c-1 status=deleted\n')
})
