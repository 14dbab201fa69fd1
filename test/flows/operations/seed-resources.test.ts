// Resources of the configuration (spec 06 §4.12).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { seedResources } from '../../../src/flows/operations/seed-resources.ts'
import { emptyPolicy } from '../../../src/oauth/resource-registration.ts'
import type { ResourceSeed } from '../../../src/records/resource-seed.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { scopesOf, seedProvider } from '../../support/seed.ts'

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

const seed = (over: Partial<ResourceSeed>): ResourceSeed => ({
  slug: 'notes',
  uri: 'https://notes.test/mcp',
  backendKind: 'mint',
  brokerProviderId: null,
  brokerProviderSlug: null,
  displayName: null,
  scopes: scopesOf('read'),
  policy: emptyPolicy,
  ...over,
})

test('makes resources as an administrator would, with their rows', async (t) => {
  const inline = await start(t)
  seedProvider(inline, { id: 'p', slug: 'mail' })

  await seedResources(inline.services, [
    seed({ displayName: 'Notes' }),
    seed({ slug: 'Inbox', backendKind: 'broker', brokerProviderSlug: 'mail' }),
  ])

  const stored = 'SELECT slug, display_name, backend_kind, broker_provider_id FROM resources'
  assert.deepEqual(inline.rows(`${stored} ORDER BY slug DESC`), [
    { slug: 'notes', display_name: 'Notes', backend_kind: 'mint', broker_provider_id: null },
    { slug: 'inbox', display_name: '', backend_kind: 'broker', broker_provider_id: 'p' },
  ])
  const audits = inline.rows(`
    SELECT a.action, a.actor_id, a.detail = 'id=' || r.id || ' slug=' || r.slug AS named
    FROM audit_events AS a JOIN resources AS r ON instr(a.detail, r.id)`)
  const row = { action: 'resource.created', actor_id: 'admin', named: 1 }
  assert.deepEqual(audits, [row, row])
})

test('leaves alone what is there', async (t) => {
  const { services, rows } = await start(t)
  await seedResources(services, [seed({})])

  await seedResources(services, [seed({ uri: 'https://else.test/', slug: 'NOTES' })])

  assert.deepEqual(rows('SELECT uri FROM resources'), [{ uri: 'https://notes.test/mcp' }])
  assert.deepEqual(rows('SELECT count(*) AS n FROM audit_events'), [{ n: 1 }])
})

test('two servers that start at once make each resource once', async (t) => {
  const { services, rows } = await start(t)
  const seeds = [seed({}), seed({ slug: 'wiki', uri: null })]

  await Promise.all([seedResources(services, seeds), seedResources(services, seeds)])

  assert.deepEqual(rows('SELECT slug FROM resources ORDER BY slug'), [
    { slug: 'notes' },
    { slug: 'wiki' },
  ])
  assert.deepEqual(rows('SELECT count(*) AS n FROM audit_events'), [{ n: 2 }])
})

for (const [what, over, reason] of [
  ['an unknown kind', { backendKind: 'proxy' }, /backend_kind must be one of/],
  ['an unknown provider', { backendKind: 'broker', brokerProviderSlug: 'x' }, /with the slug "x"/],
  ['a broker resource without a provider', { backendKind: 'broker' }, /must name a provider/],
  ['a URI that is none', { uri: 'notes.test' }, /uri must be/],
  ['a scope that is listed twice', { scopes: scopesOf('a', 'a') }, /listed twice/],
  [
    'a client that does not exist',
    { policy: { ...emptyPolicy, runtimeClientIds: ['c'] } },
    /names a client that does not exist/,
  ],
] as const) {
  test(`refuses ${what}, and names the slug`, async (t) => {
    const { services, rows } = await start(t)
    const seeds = [seed({ slug: 'first', uri: null }), seed(over), seed({ slug: 'last' })]

    await assert.rejects(seedResources(services, seeds), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /^resource seed "notes": /)
      assert.match(error.message, reason)
      return true
    })
    assert.deepEqual(rows('SELECT slug FROM resources'), [{ slug: 'first' }])
  })
}
