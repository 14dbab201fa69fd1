// The lists of a resource's policy, one entry at a time (spec 05 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedClient, seedResource } from '../../support/seed.ts'
import { type Cli, startCli } from './cli-harness.ts'

async function startWithResources(t: Parameters<typeof startCli>[0]): Promise<Cli> {
  const cli = await startCli(t)
  const { services } = cli.inline
  for (const id of ['c-1', 'c-2']) await seedClient(services, id, {})
  await seedResource(services, 'notes', {})
  cli.inline.execute(
    `INSERT INTO broker_providers VALUES ('p', 'github', 'GitHub', 'oauth', '{}', NULL, NULL,
       '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')`,
  )
  await seedResource(services, 'code', { backendKind: 'broker', brokerProviderId: 'p' })
  return cli
}

const lists = [
  {
    name: 'runtime-client',
    slug: 'notes',
    flag: '--client-id',
    entries: ['c-1', 'c-2'],
    key: 'client_id',
    member: 'client_ids',
  },
  {
    name: 'allowed-client',
    slug: 'notes',
    flag: '--client-id',
    entries: ['c-1', 'c-2'],
    key: 'client_id',
    member: 'allowed_client_ids',
  },
  {
    name: 'return-url',
    slug: 'code',
    flag: '--url',
    entries: ['https://a.test/back', 'http://localhost:*'],
    key: 'return_url',
    member: 'allowed_return_urls',
  },
] as const

for (const { name, slug, flag, entries, key, member } of lists) {
  test(`adds to, lists and removes from ${name}, and prints what results`, async (t) => {
    const cli = await startWithResources(t)
    const run = (...argv: readonly string[]) =>
      cli.run('admin', 'resource', name, ...argv, '--slug', slug)
    const [first, second] = entries

    const one = await run('add', flag, first)
    const two = await run('add', flag, second, '--json')
    const again = await run('add', flag, second)
    const list = await run('list')
    const json = await run('list', '--json')
    const table = await run('list', '--output', 'table')
    const removed = await run('remove', flag, first)

    assert.equal(one.out, `${key}=${first}\n`)
    assert.deepEqual(JSON.parse(two.out), { [member]: entries })
    assert.equal(again.out, list.out)
    assert.equal(list.out, entries.map((entry) => `${key}=${entry}\n`).join(''))
    assert.deepEqual(JSON.parse(json.out), { [member]: entries })
    assert.equal(table.out, `${[key.toUpperCase(), ...entries].join('\n')}\n`)
    assert.equal(removed.out, `${key}=${second}\n`)
    assert.equal(removed.error, '')
  })
}

test('warns when the last allowed client goes: then any client may exchange', async (t) => {
  const cli = await startWithResources(t)
  const run = (name: string, verb: string) =>
    cli.run('admin', 'resource', name, verb, '--slug', 'notes', '--client-id', 'c-1')
  await run('allowed-client', 'add')
  await run('runtime-client', 'add')

  const allowed = await run('allowed-client', 'remove')
  const runtime = await run('runtime-client', 'remove')

  assert.equal(allowed.status, 0)
  assert.match(allowed.error, /^warning: .*every client may exchange.*\n$/)
  assert.equal(runtime.error, '')
})

const refusals: readonly (readonly [string, RegExp])[] = [
  ['allowed-client add --slug notes', /required option '--client-id <id>' is missing/],
  ['allowed-client add --client-id c-1', /required option '--slug <slug>' is missing/],
  ['allowed-client add --slug notes --client-id nobody', /client that does not exist/],
  ['allowed-client list --slug nothing', /there is no resource with this slug/],
  ['return-url add --slug code', /required option '--url <url>' is missing/],
  ['return-url add --slug code --url nowhere', /url must be an absolute http or https URL/],
  ['return-url add --slug notes --url https://a.test/', /a mint resource has no return URLs/],
  ['return-url list --slug notes', /a mint resource has no return URLs/],
  ['return-url add --slug code --client-id c-1', /unknown option '--client-id'/],
]

for (const [line, message] of refusals) {
  test(`refuses admin resource ${line}`, async (t) => {
    const cli = await startWithResources(t)

    const { status, out, error } = await cli.run('admin', 'resource', ...line.split(' '))

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, message)
  })
}
