// Operations and units on clients (spec 07 §3.1, 05 §4.1).
import assert from 'node:assert/strict'
import test from 'node:test'
import { startStorage } from './harness.ts'
import {
  auditEvent,
  boundIssue,
  client,
  issuance,
  nowMs,
  resource,
  unboundIssue,
  unboundToken,
} from './records.ts'

const created = () => auditEvent('client.created_admin')
const deleted = () => auditEvent('client.deleted')
/** Nothing was found dead beforehand. */
const deadBelow = { issuances: 0, unbound: 0 }

test('a created client is read back with every member', async (t) => {
  const storage = await startStorage(t)
  const record = client({ applicationType: 'native' })

  await storage.commit('createClient', { client: record, audit: created() })

  assert.deepEqual(await storage.read('readClient', { id: record.id }), { client: record })
})

test('an unknown client reads as null', async (t) => {
  const storage = await startStorage(t)

  assert.deepEqual(await storage.read('readClient', { id: 'nobody' }), { client: null })
})

test('a client id is taken once, and the loser leaves no audit row', async (t) => {
  const storage = await startStorage(t)
  const record = client()
  await storage.commit('createClient', { client: record, audit: created() })

  const answer = await storage.commit('createClient', { client: record, audit: created() })

  assert.deepEqual(answer, { ok: false, refusal: 'client-exists' })
  assert.deepEqual(storage.query('SELECT count(*) AS n FROM audit_events'), [{ n: 1 }])
})

test('clients are listed newest first, by status and source', async (t) => {
  const storage = await startStorage(t)
  const older = client({ issuedAtMs: nowMs - 5 })
  const newer = client()
  const suspended = client({ status: 'suspended' })
  const dynamic = client({ registrationSource: 'dcr' })
  for (const record of [older, newer, suspended, dynamic]) {
    await storage.commit('createClient', { client: record, audit: created() })
  }

  const filter = { status: 'active', source: 'admin' } as const
  const page = await storage.read('listClients', { ...filter, limit: 10, offset: 0 })
  const second = await storage.read('listClients', { ...filter, limit: 1, offset: 1 })
  const everything = await storage.read('listClients', {
    status: null,
    source: null,
    limit: 10,
    offset: 0,
  })

  assert.deepEqual(page.clients, [newer, older])
  assert.deepEqual(second.clients, [older])
  assert.equal(everything.clients.length, 4)
})

test('a change applies to the version that was read, and counts it up', async (t) => {
  const storage = await startStorage(t)
  const record = client()
  await storage.commit('createClient', { client: record, audit: created() })
  const request = {
    id: record.id,
    version: 1,
    change: { name: 'Renamed', redirectUris: [] },
    nowMs: nowMs + 10,
    audit: auditEvent('client.updated'),
  }

  const first = await storage.commit('changeClient', request)
  const late = await storage.commit('changeClient', {
    ...request,
    audit: auditEvent('client.updated'),
  })

  const changed = {
    ...record,
    name: 'Renamed',
    redirectUris: [],
    version: 2,
    updatedAtMs: nowMs + 10,
  }
  assert.deepEqual(first, { ok: true, reply: { client: changed } })
  assert.deepEqual(late, { ok: false, refusal: 'version-conflict' })
  assert.deepEqual(await storage.read('readClient', { id: record.id }), { client: changed })
})

test('a change of an unknown client is refused', async (t) => {
  const storage = await startStorage(t)

  const answer = await storage.commit('changeClient', {
    id: 'nobody',
    version: 1,
    change: {},
    nowMs,
    audit: auditEvent('client.updated'),
  })

  assert.deepEqual(answer, { ok: false, refusal: 'unknown-client' })
})

test('a status changes only from the named ones', async (t) => {
  const storage = await startStorage(t)
  const record = client()
  await storage.commit('createClient', { client: record, audit: created() })
  const suspend = () => ({
    id: record.id,
    from: ['active'] as const,
    to: 'suspended' as const,
    nowMs: nowMs + 3,
    audit: auditEvent('client.suspended'),
  })

  assert.deepEqual(await storage.commit('changeClientStatus', suspend()), { ok: true, reply: {} })
  assert.deepEqual(await storage.commit('changeClientStatus', suspend()), {
    ok: false,
    refusal: 'wrong-status',
  })
  assert.deepEqual(await storage.commit('changeClientStatus', { ...suspend(), id: 'nobody' }), {
    ok: false,
    refusal: 'unknown-client',
  })
  const stored = await storage.read('readClient', { id: record.id })
  assert.equal(stored.client?.status, 'suspended')
  assert.equal(stored.client?.version, 2)
})

for (const kind of ['bound', 'unbound'] as const) {
  test(`a client with a live ${kind} machine token is deleted only by force`, async (t) => {
    const storage = await startStorage(t)
    const owner = client()
    const target = resource()
    await storage.commit('createClient', { client: owner, audit: created() })
    await storage.commit('createResource', {
      resource: target,
      audit: auditEvent('resource.created'),
    })
    const issue =
      kind === 'bound'
        ? boundIssue(issuance({ clientId: owner.id, resourceId: target.id }))
        : unboundIssue(unboundToken({ clientId: owner.id }))
    await storage.commit('commitMachineIssuance', issue)
    const remove = (force: boolean) => ({ id: owner.id, force, deadBelow, nowMs, audit: deleted() })

    const refused = await storage.commit('deleteClient', remove(false))
    const forced = await storage.commit('deleteClient', remove(true))

    assert.deepEqual(refused, { ok: false, refusal: 'client-in-use' })
    assert.deepEqual(forced, { ok: true, reply: {} })
    assert.deepEqual(await storage.read('readClient', { id: owner.id }), { client: null })
    assert.deepEqual(storage.query('SELECT count(*) AS n FROM machine_tokens WHERE revoked = 0'), [
      { n: 0 },
    ])
  })

  test(`an expired ${kind} machine token does not keep its client`, async (t) => {
    const storage = await startStorage(t)
    const owner = client()
    const target = resource()
    await storage.commit('createClient', { client: owner, audit: created() })
    await storage.commit('createResource', {
      resource: target,
      audit: auditEvent('resource.created'),
    })
    const expiresAtMs = nowMs + 5
    const issue =
      kind === 'bound'
        ? boundIssue(issuance({ clientId: owner.id, resourceId: target.id, expiresAtMs }))
        : unboundIssue(unboundToken({ clientId: owner.id, expiresAtMs }))
    await storage.commit('commitMachineIssuance', issue)

    const answer = await storage.commit('deleteClient', {
      id: owner.id,
      force: false,
      deadBelow,
      nowMs: expiresAtMs,
      audit: deleted(),
    })

    assert.deepEqual(answer, { ok: true, reply: {} })
  })
}

test('deleting an unknown client is refused', async (t) => {
  const storage = await startStorage(t)

  const answer = await storage.commit('deleteClient', {
    id: 'nobody',
    force: true,
    deadBelow,
    nowMs,
    audit: deleted(),
  })

  assert.deepEqual(answer, { ok: false, refusal: 'unknown-client' })
})
