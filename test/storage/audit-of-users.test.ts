// Audit rows of users' tokens: those with an issuance are found through it, whoever is asked for
// (spec 05 §4.8, B48).
import assert from 'node:assert/strict'
import test from 'node:test'
import type { AuditQuery } from '../../actors/storage/protocol.ts'
import type { Storage } from './harness.ts'
import { redeemed, rotation, withPeople } from './people-records.ts'
import { auditEvent, nowMs } from './records.ts'

async function search(storage: Storage, over: Partial<AuditQuery>): Promise<readonly string[]> {
  const query: AuditQuery = {
    action: null,
    actorId: null,
    clientId: null,
    traceId: null,
    sinceMs: nowMs - 1000,
    untilMs: null,
    cursor: null,
    skip: 0,
    limit: 100,
    ...over,
  }
  const { events } = await storage.read('listAuditEvents', query)
  return events.map(({ action }) => action)
}

async function withTokens(t: Parameters<typeof withPeople>[0]): Promise<Storage> {
  const storage = await withPeople(t)
  const { refreshToken } = await redeemed(storage)
  await storage.commit('rotateRefreshToken', rotation(refreshToken))
  const audit = auditEvent('session.revoked', { actorId: 'user' })
  await storage.commit('recordAudit', { audit })
  return storage
}

test('a user finds what he did and the tokens that were issued for him', async (t) => {
  const storage = await withTokens(t)

  const found = await search(storage, { actorId: 'user' })

  assert.deepEqual(found.toSorted(), ['session.revoked', 'token.issued', 'token.refreshed'])
})

test('a client finds the tokens that it was issued for users', async (t) => {
  const storage = await withTokens(t)

  const found = await search(storage, { clientId: 'client' })

  assert.deepEqual(found.toSorted(), ['token.issued', 'token.refreshed'])
})

test('an action of tokens is found alone, with its user, and with its client', async (t) => {
  const storage = await withTokens(t)
  const action = 'token.refreshed'

  for (const over of [{}, { actorId: 'user' }, { clientId: 'client' }]) {
    assert.deepEqual(await search(storage, { action, ...over }), [action])
  }
  assert.deepEqual(await search(storage, { action, actorId: 'another' }), [])
})

test('a token with an issuance takes no place in the index of actors', async (t) => {
  const storage = await withTokens(t)

  const [counted] = storage.query(`
    SELECT count(*) AS entries FROM audit_events INDEXED BY audit_events_actor_id
    WHERE action <> 'client_credentials.issued' AND has_issuance = 0 AND actor_id = 'user'`)

  assert.deepEqual(counted, { entries: 1 })
})
