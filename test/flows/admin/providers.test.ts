// Providers that resources name by id or by slug (spec 05 §4.4).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { resolveProvider } from '../../../src/flows/admin/providers.ts'
import { changeResource, createResource } from '../../../src/flows/admin/resources.ts'
import type { RequestedResource } from '../../../src/oauth/resource-registration.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedProvider } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const nothing: RequestedResource = {
  slug: null,
  uri: null,
  backendKind: null,
  brokerProviderId: null,
  brokerProviderSlug: null,
  displayName: null,
  scopes: null,
  policy: null,
}
const mail = { ...nothing, slug: 'mail', backendKind: 'broker' }

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  seedProvider(inline, { id: 'p1', slug: 'one' })
  seedProvider(inline, { id: 'p2', slug: 'two' })
  return inline
}

test('a broker resource names its provider by slug', async (t) => {
  const { services } = await start(t)

  const created = await createResource(services, operator, { ...mail, brokerProviderSlug: 'one' })

  assert.equal(created.brokerProviderId, 'p1')
})

test('id and slug may stand together when they agree', async (t) => {
  const { services } = await start(t)
  const both = { ...mail, brokerProviderId: 'p1', brokerProviderSlug: 'one' }

  const resolved = await resolveProvider(services, operator, both)

  assert.equal(resolved.brokerProviderId, 'p1')
})

for (const [what, named, message] of [
  [
    'id and slug of different providers',
    { brokerProviderId: 'p2', brokerProviderSlug: 'one' },
    /name different providers/,
  ],
  ['an unknown slug', { brokerProviderSlug: 'none' }, /no broker provider with the slug "none"/],
] as const) {
  test(`refuses ${what}`, async (t) => {
    const { services } = await start(t)

    await assert.rejects(createResource(services, operator, { ...mail, ...named }), {
      name: 'AdminError',
      code: 'invalid',
      message,
    })
  })
}

test('a changed provider is told under the name of its id', async (t) => {
  const { services, rows } = await start(t)
  const { id } = await createResource(services, operator, { ...mail, brokerProviderId: 'p1' })

  const change = { ...nothing, brokerProviderSlug: 'two' }
  const changed = await changeResource(services, operator, { id, change })

  assert.equal(changed.brokerProviderId, 'p2')
  assert.deepEqual(rows(`SELECT detail FROM audit_events WHERE action = 'resource.patched'`), [
    { detail: `id=${id} slug=mail fields=broker_provider_id` },
  ])
})

test('a mint resource names no provider, by slug neither', async (t) => {
  const { services } = await start(t)
  const notes = { ...mail, slug: 'notes', backendKind: 'mint', brokerProviderSlug: 'one' }

  await assert.rejects(createResource(services, operator, notes), /must not name a provider/)
})
