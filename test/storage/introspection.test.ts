// What introspection and revocation read, and what a proof leaves behind (spec 01 §13–14, B8).
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Storage } from './harness.ts'
import { count, redeemed, uri, withPeople } from './people-records.ts'
import {
  auditEvent,
  boundIssue,
  client,
  issuance,
  nowMs,
  unboundIssue,
  unboundToken,
} from './records.ts'

const introspect = (storage: Storage, jti: string, over = {}) =>
  storage.read('readIntrospection', {
    callerId: 'client',
    jti,
    issuingClientId: 'client',
    subject: 'user',
    audience: uri,
    ...over,
  })

test('an active user token reads with everything that decides on it', async (t) => {
  const storage = await withPeople(t)
  const { token } = await redeemed(storage)

  const read = await introspect(storage, token.jti)

  assert.equal(read.caller?.id, 'client')
  assert.deepEqual(
    read.audienceResources.map(({ id }) => id),
    ['resource'],
  )
  assert.deepEqual(read.issuance, { isRevoked: false })
  assert.equal(read.machineToken, null)
  assert.equal(read.isDenylisted, false)
  assert.deepEqual(read.issuingClient, { status: 'active' })
  assert.deepEqual(read.subjectUser, { id: 'user', status: 'active' })
})

test('a revoked user token reads as revoked and denylisted', async (t) => {
  const storage = await withPeople(t)
  const { token } = await redeemed(storage)
  await storage.commit('revokeAccessToken', {
    jti: token.jti,
    isMachine: false,
    expiresAtMs: token.expiresAtMs,
    nowMs,
    audit: auditEvent('token.revoked'),
  })

  const read = await introspect(storage, token.jti)

  assert.deepEqual([read.issuance, read.isDenylisted], [{ isRevoked: true }, true])
})

test('machine tokens read as such wherever they are kept', async (t) => {
  const storage = await withPeople(t)
  const bound = issuance()
  const unbound = unboundToken()
  await storage.commit('commitMachineIssuance', boundIssue(bound))
  await storage.commit('commitMachineIssuance', unboundIssue(unbound))
  const read = async (jti: string) => {
    const { issuance: trace, machineToken } = await introspect(storage, jti)
    return [trace, machineToken]
  }
  const live = { isRevoked: false }

  assert.deepEqual(await read(bound.id), [live, live])
  assert.deepEqual(await read(unbound.jti), [null, live])
  for (const jti of [bound.id, unbound.jti]) {
    const audit = auditEvent('token.revoked')
    const request = { jti, isMachine: true, expiresAtMs: nowMs + 1, nowMs, audit }
    await storage.commit('revokeAccessToken', request)
  }
  const dead = { isRevoked: true }
  assert.deepEqual(await read(bound.id), [dead, dead])
  assert.deepEqual(await read(unbound.jti), [null, dead])
})

test('what is unknown reads as nothing', async (t) => {
  const storage = await withPeople(t)

  const read = await introspect(storage, 'nothing', {
    callerId: 'nobody',
    issuingClientId: 'nobody',
    subject: 'nobody',
    audience: null,
  })

  assert.deepEqual(read, {
    caller: null,
    audienceResources: [],
    issuance: null,
    machineToken: null,
    isDenylisted: false,
    issuingClient: null,
    subjectUser: null,
  })
})

test('a revocation reads its caller, and the family of a refresh token', async (t) => {
  const storage = await withPeople(t)
  const { refreshToken, family } = await redeemed(storage)
  const { tokenHash } = refreshToken

  const known = await storage.read('readRevocation', { clientId: 'client', tokenHash })
  const unknown = await storage.read('readRevocation', { clientId: 'x', tokenHash: 'x' })

  assert.deepEqual([known.client?.id, known.family], ['client', family])
  assert.deepEqual(unknown, { client: null, family: null })
})

const proof = { jkt: 'key', jti: 'proof', expiresAtMs: nowMs + 1000 }
const proven = {
  bound: () => ({ ...boundIssue(issuance()), proof }),
  unbound: () => ({ ...unboundIssue(unboundToken()), proof }),
}
for (const [what, request] of Object.entries(proven)) {
  test(`a proof is spent with its ${what} machine token, and once`, async (t) => {
    const storage = await withPeople(t)

    const answers = await storage.commitGroup([
      { kind: 'commitMachineIssuance', request: request() },
      { kind: 'commitMachineIssuance', request: request() },
      { kind: 'commitMachineIssuance', request: { ...request(), proof: { ...proof, jkt: 'b' } } },
    ])

    assert.deepEqual(answers, [
      { ok: true, reply: {} },
      { ok: false, refusal: 'proof-replayed' },
      { ok: true, reply: {} },
    ])
    assert.deepEqual([count(storage, 'machine_tokens'), count(storage, 'dpop_jtis')], [2, 2])
    const told = `SELECT count(*) AS n FROM audit_events WHERE action LIKE 'client_cred%'`
    assert.deepEqual(storage.query(told), [{ n: 2 }])
  })
}

test('a proof of a token that is refused can be used again', async (t) => {
  const storage = await withPeople(t)
  const refused = { ...boundIssue(issuance({ resourceId: 'gone' })), proof }

  const answer = await storage.commit('commitMachineIssuance', refused)

  assert.deepEqual(answer, { ok: false, refusal: 'resource-gone' })
  assert.equal(count(storage, 'dpop_jtis'), 0)
})

test('a document replaces the metadata of its client and nothing else', async (t) => {
  const storage = await withPeople(t)
  const stored = client({ id: 'https://c.example/id', registrationSource: 'cimd', isAgent: false })
  await storage.commit('createClient', { client: stored, audit: auditEvent('client.registered') })
  const now = {
    ...stored,
    name: 'New name',
    redirectUris: ['https://c.example/new'],
    status: 'revoked' as const,
  }
  const refresh = (record: typeof now) =>
    storage.commit('refreshClientDocument', {
      client: record,
      nowMs: nowMs + 9,
      audit: auditEvent('client.refreshed'),
    })

  assert.deepEqual(await refresh(now), { ok: true, reply: {} })
  assert.deepEqual(await refresh({ ...now, id: 'client' }), {
    ok: false,
    refusal: 'unknown-client',
  })

  const expected = { ...now, status: 'active', version: 2, updatedAtMs: nowMs + 9 }
  const read = await storage.read('readClient', { id: stored.id })
  assert.deepEqual(read.client, expected)
})
