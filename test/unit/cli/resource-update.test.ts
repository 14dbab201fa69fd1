// `admin resource update` and `admin resource delete` (spec 05 §8).
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { scopesOf, seedClient, seedResource } from '../../support/seed.ts'
import { type Cli, startCli } from './cli-harness.ts'
import { issueTo } from './issued-token.ts'

/** A command line, with a resource that has everything. */
async function startWithNotes(t: TestContext): Promise<Cli> {
  const cli = await startCli(t)
  const { services } = cli.inline
  for (const id of ['c-1', 'c-2', 'c-3']) await seedClient(services, id, {})
  await seedResource(services, 'notes', {
    scopes: scopesOf('read', 'write'),
    policy: {
      exchangeAllowedClientIds: ['c-1'],
      runtimeClientIds: ['c-2'],
      connectAllowedReturnUrls: [],
    },
  })
  return cli
}

async function viewOf(cli: Cli): Promise<Readonly<Record<string, unknown>>> {
  const { out } = await cli.run('admin', 'resource', 'get', '--id', 'notes', '--json')
  const { updated_at: _, ...view } = JSON.parse(out)
  return view
}

const policyOf = (exchange: readonly string[], runtime: readonly string[]) => ({
  exchange: { allowed_client_ids: exchange },
  runtime: { client_ids: runtime },
})

const changes: readonly (readonly [readonly string[], Readonly<Record<string, unknown>>])[] = [
  [['--slug', 'memos'], { slug: 'memos' }],
  [['--uri', 'https://memos.test/'], { uri: 'https://memos.test/' }],
  [['--display-name', 'My memos'], { display_name: 'My memos' }],
  [['--scopes', 'all||Everything'], { scopes: [{ name: 'all', description: 'Everything' }] }],
  [['--scopes', 'a', '--scopes', 'b'], { scopes: [{ name: 'a' }, { name: 'b' }] }],
  [['--scopes-clear'], { scopes: [] }],
  [['--policy-allowed-clients', 'c-2,c-3'], { policy: policyOf(['c-2', 'c-3'], ['c-2']) }],
  [['--policy-runtime-client-ids', 'c-3'], { policy: policyOf(['c-1'], ['c-3']) }],
  [
    ['--policy-allowed-clients', 'c-3', '--policy-runtime-client-ids', 'c-3'],
    { policy: policyOf(['c-3'], ['c-3']) },
  ],
  [['--policy-clear'], { policy: policyOf([], []) }],
  [[], {}],
]

for (const [options, change] of changes) {
  test(`changes only what ${options.join(' ') || 'nothing'} names`, async (t) => {
    const cli = await startWithNotes(t)
    const before = await viewOf(cli)

    const { status, error } = await cli.run(
      ...['admin', 'resource', 'update', '--id', 'notes', ...options],
    )

    assert.equal(error, '')
    assert.equal(status, 0)
    assert.deepEqual(await viewOf(cli), { ...before, ...change })
  })
}

test('prints the resource that results', async (t) => {
  const cli = await startWithNotes(t)
  const update = ['admin', 'resource', 'update', '--id', 'notes', '--slug', 'memos'] as const

  const line = await cli.run(...update)
  const table = await cli.runOnTerminal(120, ...update)
  const json = await cli.run(...update, '--json')

  const base = 'id=notes slug=memos backend_kind=mint broker_provider_id= '
  assert.equal(line.out, `${base}uri=https://notes.test/mcp scopes=read,write\n`)
  assert.match(table.out, /^ID +SLUG +BACKEND_KIND +BROKER_PROVIDER_ID +URI +SCOPES\nnotes +memos /)
  assert.equal(JSON.parse(json.out).slug, 'memos')
})

test('names a provider by its id or by its slug', async (t) => {
  const cli = await startWithNotes(t)
  cli.inline.execute(
    `INSERT INTO broker_providers VALUES ('p-1', 'github', 'GitHub', 'oauth', '{}', NULL, NULL,
       '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')`,
  )
  const broker = ['--backend-kind', 'broker', '--broker-provider'] as const
  const create = (slug: string, provider: string) =>
    cli.run('admin', 'resource', 'create', '--slug', slug, ...broker, provider)
  const list = async (provider: string) =>
    (await cli.run('admin', 'resource', 'list', '--broker-provider', provider)).out

  await create('by-id', 'p-1')
  await create('by-slug', 'github')
  const changed = await cli.run(
    ...['admin', 'resource', 'update', '--id', 'notes', ...broker, 'github', '--json'],
  )
  const unknown = await create('by-nothing', 'gitlab')

  assert.equal((await list('p-1')).split('\n').length, 4)
  assert.equal(await list('github'), await list('p-1'))
  assert.equal(JSON.parse(changed.out).broker_provider_id, 'p-1')
  assert.equal(unknown.status, 1)
  assert.match(unknown.error, /there is no broker provider with this id/)
})

test('replaces the scopes by those of a file', async (t) => {
  const cli = await startWithNotes(t)
  const path = join(cli.inline.directory, 'scopes.json')
  writeFileSync(path, '[{"name":"search"}]')

  await cli.run('admin', 'resource', 'update', '--id', 'notes', '--scopes-file', path)

  assert.deepEqual((await viewOf(cli))['scopes'], [{ name: 'search' }])
})

const refusals: readonly (readonly [string, RegExp])[] = [
  ['update --slug x', /required option '--id <id>' is missing/],
  ['update --id nothing --slug x', /there is no resource with this id/],
  ['update --id notes --slug -', /slug must be 1 to 64/],
  ['update --id notes --backend-kind x', /backend_kind must be one of mint, broker/],
  ['update --id notes --scopes a --scopes-file b', /combined/],
  ['update --id notes --scopes a --scopes-clear', /'--scopes-clear' cannot be used with .*--scop/],
  ['update --id notes --scopes-clear --scopes-file a', /'--scopes-clear' cannot be used with/],
  ['update --id notes --policy-clear --policy-allowed-clients c-1', /'--policy-clear' cannot be/],
  ['update --id notes --policy-clear --policy-runtime-client-ids c', /'--policy-clear' cannot be/],
  ['update --id notes --policy-clear --policy-allowed-return-urls u', /'--policy-clear' cannot be/],
  ['update --id notes --policy-allowed-clients ,', /--policy-allowed-clients is empty: leave it/],
  ['update --id notes --policy-allowed-clients nobody', /names a client that does not exist/],
]

for (const [line, message] of refusals) {
  test(`refuses admin resource ${line}`, async (t) => {
    const cli = await startWithNotes(t)
    const before = await viewOf(cli)

    const { status, out, error } = await cli.run('admin', 'resource', ...line.split(' '))

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, message)
    assert.deepEqual(await viewOf(cli), before)
  })
}

test('deletes a resource with its links only when that is asked for', async (t) => {
  const cli = await startWithNotes(t)
  await seedResource(cli.inline.services, 'mail', {})
  cli.inline.execute(
    "INSERT INTO fronting_links VALUES ('notes', 'mail', '{}', '2026-01-01T00:00:00Z', 'admin')",
  )
  const remove = ['admin', 'resource', 'delete', '--id', 'notes'] as const

  const refused = await cli.run(...remove)
  const left = cli.inline.rows('SELECT id FROM resources ORDER BY id')
  const cascaded = await cli.run(...remove, '--cascade', '--json')

  assert.equal(refused.status, 1)
  assert.match(refused.error, /^error: .*--cascade/)
  assert.deepEqual(left, [{ id: 'mail' }, { id: 'notes' }])
  assert.equal(cascaded.error, '')
  assert.deepEqual(JSON.parse(cascaded.out), { id: 'notes', status: 'deleted' })
  assert.deepEqual(cli.inline.rows('SELECT source_slug FROM fronting_links'), [])
})

test('does not offer to cascade to issued tokens', async (t) => {
  const cli = await startWithNotes(t)
  const resource = 'https://notes.test/mcp'
  await seedClient(cli.inline.services, 'm2m', { scope: 'read' })
  await issueTo(cli.inline.services, 'm2m', { resource })

  const refused = await cli.run('admin', 'resource', 'delete', '--id', 'notes', '--cascade')

  assert.equal(refused.status, 1)
  assert.match(refused.error, /issued tokens/)
  assert.doesNotMatch(refused.error, /--cascade/)
})
