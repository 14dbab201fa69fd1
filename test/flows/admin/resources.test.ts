// Administration of resources and their policy without a transport (spec 05 §4.4).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { addPolicyEntry, removePolicyEntry } from '../../../src/flows/admin/resource-policy.ts'
import { changeResource, createResource, readResource } from '../../../src/flows/admin/resources.ts'
import { emptyPolicy } from '../../../src/oauth/resource-registration.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient, seedResource } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const unchanged = {
  slug: null,
  uri: null,
  backendKind: null,
  brokerProviderId: null,
  displayName: null,
  scopes: null,
  policy: null,
}

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

test('returns the resource as it is stored', async (t) => {
  const { services } = await start(t)
  const requested = { ...unchanged, slug: 'notes', backendKind: 'mint', displayName: 'Notes' }

  const created = await createResource(services, operator, requested)

  const wanted = { by: 'slug', value: 'notes' } as const
  assert.deepEqual(await readResource(services, operator, wanted), created)
})

test('keeps both of two concurrent changes of different members (AD-12)', async (t) => {
  const { services } = await start(t)
  await seedResource(services, 'notes', {})

  await Promise.all([
    changeResource(services, operator, {
      id: 'notes',
      change: { ...unchanged, displayName: 'Papers' },
    }),
    changeResource(services, operator, {
      id: 'notes',
      change: { ...unchanged, uri: 'https://papers.test/' },
    }),
  ])

  const resource = await readResource(services, operator, { by: 'id', value: 'notes' })
  assert.equal(resource.displayName, 'Papers')
  assert.equal(resource.uri, 'https://papers.test/')
})

test('returns the list as it is stored after each edit', async (t) => {
  const { services } = await start(t)
  await seedClient(services, 'a', {})
  await seedClient(services, 'b', {})
  await seedResource(services, 'notes', {})
  const edit = (entry: string) => ({ slug: 'notes', list: 'runtime', entry }) as const

  assert.deepEqual(await addPolicyEntry(services, operator, edit('a')), ['a'])
  assert.deepEqual(await addPolicyEntry(services, operator, edit('b')), ['a', 'b'])
  assert.deepEqual(await removePolicyEntry(services, operator, edit('a')), ['b'])
  const resource = await readResource(services, operator, { by: 'id', value: 'notes' })
  assert.deepEqual(resource.policy, { ...emptyPolicy, runtimeClientIds: ['b'] })
})
