// Refresh tokens are spent once, and answered again for a moment (spec 01 §10.4, B2, B3).
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { RefreshToken } from '../../src/records/refresh-token.ts'
import type { Storage } from './harness.ts'
import {
  count,
  family,
  message,
  presentedOf,
  type Redeemed,
  redeemed,
  refreshedOf,
  refreshToken,
  rotation,
  userToken,
  withPeople,
} from './people-records.ts'
import { auditEvent, nowMs } from './records.ts'

async function withFamily(t: TestContext): Promise<{ storage: Storage } & Redeemed> {
  const storage = await withPeople(t)
  return { storage, ...(await redeemed(storage)) }
}

const read = async (storage: Storage, { tokenHash }: RefreshToken) =>
  await storage.read('readRefreshToken', { tokenHash, clientId: 'client', resource: null })

test('a rotation spends the token and leaves its successor and all traces behind', async (t) => {
  const { storage, refreshToken: first, family: made } = await withFamily(t)
  const proof = { jkt: 'key', jti: 'proof', expiresAtMs: nowMs + 1000 }
  const request = rotation(first, { proof })

  const answer = await storage.commit('rotateRefreshToken', request)

  assert.deepEqual(answer, { ok: true, reply: { isRetry: false } })
  assert.equal((await read(storage, first)).refreshToken?.consumedAtMs, nowMs)
  const successor = await read(storage, request.successor)
  assert.deepEqual(successor.refreshToken, presentedOf(request.successor))
  assert.deepEqual(successor.family, refreshedOf(made))
  assert.equal(successor.standing?.consent?.id, 'consent')
  assert.equal(count(storage, 'access_token_jtis'), 2)
  assert.equal(count(storage, 'dpop_jtis'), 1)
  const traces = `SELECT a.action, a.has_issuance FROM audit_events AS a
    JOIN issuances AS i ON i.id = a.id WHERE a.id = '${request.token.jti}'`
  assert.deepEqual(storage.query(traces), [{ action: 'token.refreshed', has_issuance: 1 }])
})

test('an unknown token reads as nothing', async (t) => {
  const storage = await withPeople(t)

  assert.deepEqual(await read(storage, refreshToken()), {
    refreshToken: null,
    family: null,
    standing: null,
  })
})

test('of two rotations in one commit the second is a reuse when there is no grace', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const grace = { windowMs: 0, siblingsMax: 5 }

  const answers = await storage.commitGroup([
    message('rotateRefreshToken', rotation(first, { grace })),
    message('rotateRefreshToken', rotation(first, { grace })),
  ])

  assert.deepEqual(answers, [
    { ok: true, reply: { isRetry: false } },
    { ok: false, refusal: 'token-reused' },
  ])
  assert.equal(count(storage, 'refresh_tokens'), 2)
})

test('within the window a spent token is answered so many times and no more', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const grace = { windowMs: 10_000, siblingsMax: 2 }

  const answers = await storage.commitGroup(
    [0, 1, 2, 3].map(() => message('rotateRefreshToken', rotation(first, { grace }))),
  )

  assert.deepEqual(answers, [
    { ok: true, reply: { isRetry: false } },
    { ok: true, reply: { isRetry: true } },
    { ok: true, reply: { isRetry: true } },
    { ok: false, refusal: 'token-reused' },
  ])
  assert.equal((await read(storage, first)).refreshToken?.siblings, 2)
  const audits = `SELECT action, count(*) AS n FROM audit_events
    WHERE action LIKE 'token.refresh%' GROUP BY action ORDER BY action`
  assert.deepEqual(storage.query(audits), [
    { action: 'token.refresh_retried', n: 2 },
    { action: 'token.refreshed', n: 1 },
  ])
})

test('the window ends to the millisecond', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  await storage.commit('rotateRefreshToken', rotation(first))
  const after = (ms: number) =>
    storage.commit('rotateRefreshToken', rotation(first, { nowMs: nowMs + ms }))

  assert.deepEqual(await after(9999), { ok: true, reply: { isRetry: true } })
  assert.deepEqual(await after(10_000), { ok: false, refusal: 'token-reused' })
})

test('a clock that is set back opens no window that has passed', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  await storage.commit('rotateRefreshToken', rotation(first))
  const before = (ms: number) =>
    storage.commit('rotateRefreshToken', rotation(first, { nowMs: nowMs - ms }))

  assert.deepEqual(await before(9999), { ok: true, reply: { isRetry: true } })
  assert.deepEqual(await before(10_000), { ok: false, refusal: 'token-reused' })
})

test('a token that is unknown, expired, or of no family is gone', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const late = rotation(first, { nowMs: first.expiresAtMs })
  const unknown = rotation(refreshToken({ familyId: first.familyId }))
  const orphan = rotation(refreshToken({ familyId: 'nothing' }))

  for (const request of [late, unknown, orphan]) {
    const answer = await storage.commit('rotateRefreshToken', request)
    assert.deepEqual(answer, { ok: false, refusal: 'token-gone' })
  }
})

test('a spent token that has expired is gone and not reused', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  await storage.commit('rotateRefreshToken', rotation(first))

  const late = rotation(first, { nowMs: first.expiresAtMs + 1 })

  const answer = await storage.commit('rotateRefreshToken', late)
  assert.deepEqual(answer, { ok: false, refusal: 'token-gone' })
})

test('no token of a revoked family is used, spent or not', async (t) => {
  const { storage, refreshToken: first, family: made } = await withFamily(t)
  const request = rotation(first)
  await storage.commit('rotateRefreshToken', request)
  const audit = auditEvent('family.revoked')
  await storage.commit('revokeFamily', { familyId: made.id, nowMs, audit })

  for (const presented of [first, request.successor]) {
    const answer = await storage.commit('rotateRefreshToken', rotation(presented))
    assert.deepEqual(answer, { ok: false, refusal: 'family-revoked' })
  }
  assert.equal(count(storage, 'refresh_tokens'), 2)
})

test('a replayed proof rolls a rotation back, and the token is unspent', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const proof = { jkt: 'key', jti: 'proof', expiresAtMs: nowMs + 1000 }
  storage.execute(`INSERT INTO dpop_jtis VALUES ('key', 'proof', 'x')`)

  const answer = await storage.commit('rotateRefreshToken', rotation(first, { proof }))

  assert.deepEqual(answer, { ok: false, refusal: 'proof-replayed' })
  assert.equal((await read(storage, first)).refreshToken?.consumedAtMs, null)
  assert.equal(count(storage, 'issuances'), 1)
})

test('a replayed proof does not use up the grace of a spent token', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const proof = { jkt: 'key', jti: 'proof', expiresAtMs: nowMs + 1000 }
  await storage.commit('rotateRefreshToken', rotation(first, { proof }))

  const answer = await storage.commit('rotateRefreshToken', rotation(first, { proof }))

  assert.deepEqual(answer, { ok: false, refusal: 'proof-replayed' })
  assert.equal((await read(storage, first)).refreshToken?.siblings, 0)
})

const stops: readonly (readonly [string, string, string])[] = [
  ['client-gone', 'a revoked client', `UPDATE clients SET status = 'revoked'`],
  ['user-gone', 'a disabled user', `UPDATE users SET status = 'disabled'`],
  ['consent-gone', 'a revoked consent', `UPDATE consent_grants SET revoked_at = 'x'`],
  ['token-gone', 'a deleted client', 'DELETE FROM clients'],
  ['token-gone', 'a deleted user', 'DELETE FROM users'],
]
for (const [refusal, what, change] of stops) {
  test(`${what} between reading and committing stops a rotation`, async (t) => {
    const { storage, refreshToken: first } = await withFamily(t)
    storage.execute(`PRAGMA foreign_keys = ON; ${change}`)

    const answer = await storage.commit('rotateRefreshToken', rotation(first))

    assert.deepEqual(answer, { ok: false, refusal })
    assert.deepEqual(storage.query('SELECT * FROM refresh_tokens WHERE consumed_at > 0'), [])
    assert.equal(count(storage, 'issuances'), 1)
  })
}

test('a resource that is gone between reading and committing stops a rotation', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const token = userToken({ familyId: first.familyId, resourceId: 'gone' })

  const answer = await storage.commit('rotateRefreshToken', rotation(first, { token }))

  assert.deepEqual(answer, { ok: false, refusal: 'resource-gone' })
  assert.equal((await read(storage, first)).refreshToken?.consumedAtMs, null)
})

test('a token is found only under the family that it belongs to', async (t) => {
  const { storage, refreshToken: first } = await withFamily(t)
  const other = await redeemed(storage, family())
  const foreign = rotation({ ...first, familyId: other.family.id })

  const answer = await storage.commit('rotateRefreshToken', foreign)

  assert.deepEqual(answer, { ok: false, refusal: 'token-gone' })
})
