// Administration of resources and their policy without a transport (spec 05 §4.4).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { AdminError } from '../../../src/flows/admin/admin-error.ts'
import { addPolicyEntry, removePolicyEntry } from '../../../src/flows/admin/resource-policy.ts'
import {
  changeResource,
  createResource,
  deleteResource,
  readResource,
} from '../../../src/flows/admin/resources.ts'
import type { Services } from '../../../src/flows/services.ts'
import { emptyPolicy } from '../../../src/oauth/resource-registration.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient, seedLink, seedResource, seedToken } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const unchanged = {
  slug: null,
  uri: null,
  backendKind: null,
  brokerProviderId: null,
  brokerProviderSlug: null,
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

test('keeps both of two concurrent changes of different lists of the policy (AD-12)', async (t) => {
  const { services } = await start(t)
  await seedClient(services, 'one', {})
  await seedClient(services, 'two', {})
  await seedResource(services, 'r', {})
  const change = (policy: object) =>
    changeResource(services, operator, { id: 'r', change: { ...unchanged, policy } })

  await Promise.all([
    change({ runtimeClientIds: ['one'] }),
    change({ exchangeAllowedClientIds: ['two'] }),
  ])

  const { policy } = await readResource(services, operator, { by: 'id', value: 'r' })
  assert.deepEqual(policy, {
    ...emptyPolicy,
    runtimeClientIds: ['one'],
    exchangeAllowedClientIds: ['two'],
  })
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

test('tells which links keep a resource', async (t) => {
  const inline = await start(t)
  for (const slug of ['a', 'b']) await seedResource(inline.services, slug, {})
  seedLink(inline, { source: 'a', target: 'b' })

  await assert.rejects(
    deleteResource(inline.services, operator, { id: 'b', cascade: false }),
    (error) => {
      assert.ok(error instanceof AdminError)
      assert.equal(error.code, 'conflict')
      const scopeMap = { read: ['write'] }
      assert.deepEqual(error.dependents, [
        { sourceSlug: 'a', targetSlug: 'b', scopeMap, createdAtMs: 0, createdBy: 'admin' },
      ])
      return true
    },
  )
})

test('a resource that issued tokens refer to has no dependents to show', async (t) => {
  const { services } = await start(t)
  await seedClient(services, 'c', {})
  await seedResource(services, 'a', {})
  await seedToken(services, { clientId: 'c', resourceId: 'a', lifeMs: 1 })

  await assert.rejects(deleteResource(services, operator, { id: 'a', cascade: true }), {
    code: 'conflict',
    message: /still refer/,
    dependents: null,
  })
})

test('takes the links along, with a row for each and their number', async (t) => {
  const inline = await start(t)
  for (const slug of ['a', 'b', 'c']) await seedResource(inline.services, slug, {})
  seedLink(inline, { source: 'a', target: 'b' })
  seedLink(inline, { source: 'b', target: 'c' })

  await deleteResource(inline.services, operator, { id: 'b', cascade: true })

  assert.deepEqual(inline.rows('SELECT * FROM fronting_links'), [])
  const audits = `SELECT action, detail FROM audit_events WHERE action LIKE '%.deleted'`
  assert.deepEqual(inline.rows(`${audits} ORDER BY id`), [
    { action: 'fronting_link.deleted', detail: 'source=a target=b reason=resource_cascade' },
    { action: 'fronting_link.deleted', detail: 'source=b target=c reason=resource_cascade' },
    { action: 'resource.deleted', detail: 'id=b slug=b cascaded_links=2' },
  ])
})

test('takes along a link that is made at the last moment', async (t) => {
  const inline = await start(t)
  const { services } = inline
  for (const slug of ['a', 'b', 'c']) await seedResource(services, slug, {})
  seedLink(inline, { source: 'a', target: 'b' })
  let deletions = 0
  const interrupted: Services = {
    ...services,
    storage: {
      name: services.storage.name,
      tell: (kind, request) => services.storage.tell(kind, request),
      load: () => services.storage.load(),
      ask: (kind, request, options) => {
        if (kind === 'deleteResource' && ++deletions === 1) {
          seedLink(inline, { source: 'b', target: 'c' })
        }
        return services.storage.ask(kind, request, options)
      },
    },
  }

  await deleteResource(interrupted, operator, { id: 'b', cascade: true })

  assert.equal(deletions, 2)
  const detail = `SELECT detail FROM audit_events WHERE action = 'resource.deleted'`
  assert.deepEqual(inline.rows(detail), [{ detail: 'id=b slug=b cascaded_links=2' }])
})

test('a resource without links is deleted without a number', async (t) => {
  const { services, rows } = await start(t)
  await seedResource(services, 'a', {})

  await deleteResource(services, operator, { id: 'a', cascade: false })

  const detail = `SELECT detail FROM audit_events WHERE action = 'resource.deleted'`
  assert.deepEqual(rows(detail), [{ detail: 'id=a slug=a' }])
})
