// Fronting links at the deletion of a resource (spec 05 §4.4).
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { type Storage, startStorage } from './harness.ts'
import { auditEvent, boundIssue, client, issuance, link, nowMs, resource } from './records.ts'

async function withResources(t: TestContext, ...slugs: readonly string[]): Promise<Storage> {
  const storage = await startStorage(t)
  for (const slug of slugs) {
    const audit = auditEvent('resource.created')
    await storage.commit('createResource', { resource: resource({ id: slug, slug }), audit })
  }
  return storage
}

/** The deletion of a link together with its resource. */
const going = (sourceSlug: string, targetSlug: string) => ({
  sourceSlug,
  targetSlug,
  audit: auditEvent('fronting_link.deleted', { detail: `${sourceSlug} ${targetSlug}` }),
})

const remove = (storage: Storage, id: string, links: readonly ReturnType<typeof going>[]) =>
  storage.commit('deleteResource', { id, links, audit: auditEvent('resource.deleted') })

const linkAudits = (storage: Storage) =>
  storage
    .query(`SELECT detail FROM audit_events WHERE action = 'fronting_link.deleted' ORDER BY id`)
    .map((row) => row['detail'])

test('links from and to a resource are listed, each once', async (t) => {
  const storage = await withResources(t, 'a', 'b', 'c')
  link(storage, 'a', 'b')
  link(storage, 'b', 'b')
  link(storage, 'b', 'c')
  link(storage, 'a', 'c')

  const { links } = await storage.read('listFrontingLinks', { slug: 'b' })

  assert.deepEqual(
    links.map(({ sourceSlug, targetSlug }) => `${sourceSlug} ${targetSlug}`),
    ['a b', 'b b', 'b c'],
  )
  assert.deepEqual(links[0], {
    sourceSlug: 'a',
    targetSlug: 'b',
    scopeMap: { read: ['write'] },
    createdAtMs: nowMs,
    createdBy: 'admin',
  })
})

test('named links go with their resource, and each leaves a row', async (t) => {
  const storage = await withResources(t, 'a', 'b', 'c')
  link(storage, 'a', 'b')
  link(storage, 'b', 'c')
  link(storage, 'a', 'c')

  const answer = await remove(storage, 'b', [going('a', 'b'), going('b', 'c')])

  assert.deepEqual(answer, { ok: true, reply: {} })
  assert.deepEqual(linkAudits(storage), ['a b', 'b c'])
  assert.deepEqual(storage.query('SELECT source_slug, target_slug FROM fronting_links'), [
    { source_slug: 'a', target_slug: 'c' },
  ])
})

for (const [what, links] of [
  ['a link that nobody named', [going('a', 'b')]],
  ['a named link that is gone', [going('a', 'b'), going('b', 'c'), going('c', 'b')]],
] as const) {
  test(`${what} keeps the resource and all of its links`, async (t) => {
    const storage = await withResources(t, 'a', 'b', 'c')
    link(storage, 'a', 'b')
    link(storage, 'b', 'c')

    const answer = await remove(storage, 'b', links)

    assert.deepEqual(answer, { ok: false, refusal: 'resource-fronted' })
    assert.deepEqual(linkAudits(storage), [])
    assert.deepEqual(storage.query('SELECT count(*) AS n FROM fronting_links'), [{ n: 2 }])
  })
}

test('a resource with tokens keeps its links, too', async (t) => {
  const storage = await withResources(t, 'a', 'b')
  const audit = auditEvent('client.created_admin')
  await storage.commit('createClient', { client: client({ id: 'client' }), audit })
  await storage.commit('commitMachineIssuance', boundIssue(issuance({ resourceId: 'a' })))
  link(storage, 'a', 'b')

  const answer = await remove(storage, 'a', [going('a', 'b')])

  assert.deepEqual(answer, { ok: false, refusal: 'resource-in-use' })
  assert.deepEqual(linkAudits(storage), [])
  assert.deepEqual(storage.query('SELECT count(*) AS n FROM fronting_links'), [{ n: 1 }])
})
