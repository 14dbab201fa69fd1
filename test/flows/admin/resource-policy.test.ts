// Edits of a resource's policy lists that happen at the same time, or outlive the clients they name
// (spec 05 §4.4).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { deleteClient } from '../../../src/flows/admin/clients.ts'
import { addPolicyEntry, removePolicyEntry } from '../../../src/flows/admin/resource-policy.ts'
import { readResource } from '../../../src/flows/admin/resources.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient, seedResource } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const exchange = (entry: string) => ({ slug: 'notes', list: 'exchange', entry }) as const

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  for (const id of ['a', 'b', 'c']) await seedClient(inline.services, id, {})
  await seedResource(inline.services, 'notes', {})
  return inline
}

test('keeps every entry of concurrent additions to one list', async (t) => {
  const { services } = await start(t)

  await Promise.all(['a', 'b', 'c'].map((id) => addPolicyEntry(services, operator, exchange(id))))

  const { policy } = await readResource(services, operator, { by: 'slug', value: 'notes' })
  assert.deepEqual(policy.exchangeAllowedClientIds.toSorted(), ['a', 'b', 'c'])
})

test('never empties a list by a removal beside an addition (AD-12)', async (t) => {
  const { services } = await start(t)
  await addPolicyEntry(services, operator, exchange('a'))

  await Promise.all([
    removePolicyEntry(services, operator, exchange('a')),
    addPolicyEntry(services, operator, exchange('b')),
  ])

  const { policy } = await readResource(services, operator, { by: 'slug', value: 'notes' })
  assert.deepEqual(policy.exchangeAllowedClientIds, ['b'])
})

test('goes on being editable after a listed client was deleted', async (t) => {
  const { services } = await start(t)
  await addPolicyEntry(services, operator, exchange('a'))
  await deleteClient(services, operator, { id: 'a', force: false })

  assert.deepEqual(await addPolicyEntry(services, operator, exchange('b')), ['a', 'b'])
  assert.deepEqual(await removePolicyEntry(services, operator, exchange('a')), ['b'])
})

test('refuses to add a client that does not exist, and writes nothing', async (t) => {
  const { services, rows } = await start(t)
  const before = rows('SELECT count(*) AS count FROM audit_events')

  await assert.rejects(addPolicyEntry(services, operator, exchange('nobody')), /does not exist/)

  assert.deepEqual(rows('SELECT count(*) AS count FROM audit_events'), before)
})
