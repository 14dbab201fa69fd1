// The end of tokens: one by one, a family in its two halves, all that rests on a consent (spec 02
// §5.2–5.3, 07 §5).
import assert from 'node:assert/strict'
import test from 'node:test'
import { issuanceRow } from '../../actors/storage/operations/issuances.ts'
import type { Issuance } from '../../src/records/issuance.ts'
import type { Storage } from './harness.ts'
import {
  addUser,
  allow,
  authorization,
  consent,
  count,
  family,
  hourMs,
  message,
  redeemed,
  redemption,
  rotation,
  uri,
  user,
  userToken,
  withPeople,
} from './people-records.ts'
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

const endConsent = (storage: Storage, at = nowMs) =>
  storage.commit('revokeConsentGrant', {
    id: 'consent',
    nowMs: at,
    audit: auditEvent('consent_grant.revoked_admin', { detail: 'id=consent' }),
  })

function store(storage: Storage, ...tokens: readonly Issuance[]): void {
  const answers = storage.state.driver.commit(
    tokens.map((token) => ({ kind: 'rows', required: [], sets: [issuanceRow(token)] })),
  )
  assert.ok(answers.every((answer) => 'ok' in answer && answer.ok))
}

const revokedIds = (storage: Storage) =>
  storage
    .query('SELECT id FROM issuances WHERE revoked_at IS NOT NULL ORDER BY id')
    .map(({ id }) => id)
const denylist = (storage: Storage) =>
  storage.query('SELECT jti FROM revoked_jtis ORDER BY jti').map(({ jti }) => jti)

test('a family ends once, with all of its refresh tokens', async (t) => {
  const storage = await withPeople(t)
  const { family: made, refreshToken: first } = await redeemed(storage)
  const bystander = await redeemed(storage)
  const end = () =>
    storage.commit('revokeFamily', {
      familyId: made.id,
      nowMs: nowMs + 1,
      audit: auditEvent('family.revoked'),
    })

  assert.deepEqual(await end(), { ok: true, reply: { isChanged: true } })
  assert.deepEqual(await end(), { ok: true, reply: { isChanged: false } })

  const read = await storage.read('readRevocation', {
    clientId: 'client',
    tokenHash: first.tokenHash,
  })
  assert.deepEqual([read.family?.status, read.family?.revokedAtMs], ['revoked', nowMs + 1])
  const left = 'SELECT id FROM refresh_tokens WHERE consumed_at IS NULL'
  assert.deepEqual(storage.query(left), [{ id: bystander.refreshToken.id }])
  const audits = `SELECT count(*) AS n FROM audit_events WHERE action = 'family.revoked'`
  assert.deepEqual(storage.query(audits), [{ n: 1 }])
})

test('the end of an unknown family changes nothing', async (t) => {
  const storage = await withPeople(t)
  const audit = auditEvent('family.revoked')

  const answer = await storage.commit('revokeFamily', { familyId: 'nothing', nowMs, audit })

  assert.deepEqual(answer, { ok: true, reply: { isChanged: false } })
})

test('only the access tokens of a family that are alive are denylisted, each once', async (t) => {
  const storage = await withPeople(t)
  const { family: made, token, refreshToken: first } = await redeemed(storage)
  const later = userToken({ familyId: made.id, issuedAtMs: nowMs + hourMs / 2 })
  await storage.commit('rotateRefreshToken', rotation(first, { token: later }))
  const put = () =>
    storage.commit('denylistFamily', { familyId: made.id, nowMs: token.expiresAtMs })

  assert.deepEqual(await put(), { ok: true, reply: { denylisted: 1 } })
  assert.deepEqual(await put(), { ok: true, reply: { denylisted: 0 } })
  assert.deepEqual(denylist(storage), [later.jti])
})

test('a user token is revoked once: issuance and denylist', async (t) => {
  const storage = await withPeople(t)
  const { token } = await redeemed(storage)
  const revoke = () =>
    storage.commit('revokeAccessToken', {
      jti: token.jti,
      isMachine: false,
      expiresAtMs: token.expiresAtMs,
      nowMs,
      audit: auditEvent('token.revoked'),
    })

  assert.deepEqual(await revoke(), { ok: true, reply: { isChanged: true } })
  assert.deepEqual(await revoke(), { ok: true, reply: { isChanged: false } })
  assert.deepEqual([revokedIds(storage), denylist(storage)], [[token.jti], [token.jti]])
  const audits = `SELECT count(*) AS n FROM audit_events WHERE action = 'token.revoked'`
  assert.deepEqual(storage.query(audits), [{ n: 1 }])
})

test('a machine token is revoked wherever it is kept, and needs no denylist', async (t) => {
  const storage = await withPeople(t)
  const bound = issuance()
  const unbound = unboundToken()
  await storage.commit('commitMachineIssuance', boundIssue(bound))
  await storage.commit('commitMachineIssuance', unboundIssue(unbound))

  for (const jti of [bound.id, unbound.jti]) {
    const audit = auditEvent('token.revoked')
    const request = { jti, isMachine: true, expiresAtMs: nowMs + 1, nowMs, audit }
    const answer = await storage.commit('revokeAccessToken', request)
    assert.deepEqual(answer, { ok: true, reply: { isChanged: true } })
  }

  const revoked = 'SELECT count(*) AS n FROM machine_tokens WHERE revoked = 1'
  assert.deepEqual(storage.query(revoked), [{ n: 2 }])
  assert.deepEqual(denylist(storage), [])
})

test('the end of a consent ends its families, their tokens, and what is pending', async (t) => {
  const storage = await withPeople(t)
  const { family: made, token, refreshToken: first } = await redeemed(storage)
  const pending = authorization()
  await storage.commit('startAuthorization', { authorization: pending })

  const answer = await endConsent(storage)

  assert.deepEqual(answer, {
    ok: true,
    reply: { isChanged: true, revokedIssuances: 1, revokedFamilies: 1 },
  })
  assert.deepEqual([revokedIds(storage), denylist(storage)], [[token.jti], [token.jti]])
  const statuses = `SELECT status FROM token_families WHERE id = '${made.id}'`
  assert.deepEqual(storage.query(statuses), [{ status: 'revoked' }])
  const rotated = await storage.commit('rotateRefreshToken', rotation(first))
  assert.deepEqual(rotated, { ok: false, refusal: 'family-revoked' })
  const redeemedLate = await storage.commit('redeemCode', redemption(pending.id))
  assert.deepEqual(redeemedLate, { ok: false, refusal: 'code-gone' })
  const audits = `SELECT detail FROM audit_events WHERE action = 'consent_grant.revoked_admin'`
  assert.deepEqual(storage.query(audits), [
    { detail: 'id=consent revoked_issuances=1 revoked_families=1' },
  ])
})

test('a code of a revoked consent stays dead when the consent comes back to life', async (t) => {
  const storage = await withPeople(t)
  const pending = authorization()
  await storage.commit('startAuthorization', { authorization: pending })
  await endConsent(storage)
  await allow(storage, consent({ id: 'another', scopes: ['read'] }))

  // Nor does a clock that is set back bring it back.
  for (const at of [nowMs, nowMs - 60_000]) {
    const answer = await storage.commit('redeemCode', redemption(pending.id, { nowMs: at }))
    assert.deepEqual(answer, { ok: false, refusal: 'code-gone' })
  }
  const { consents } = await storage.read('listConsentGrants', { userId: 'user' })
  assert.deepEqual(
    consents.map(({ id, scopes, revokedAtMs }) => ({ id, scopes, revokedAtMs })),
    [{ id: 'consent', scopes: ['read'], revokedAtMs: null }],
  )
})

test('a redemption in the same commit as the end of its consent is refused', async (t) => {
  const storage = await withPeople(t)
  const pending = authorization()
  await storage.commit('startAuthorization', { authorization: pending })
  const audit = auditEvent('consent_grant.revoked_admin')

  const answers = await storage.commitGroup([
    message('revokeConsentGrant', { id: 'consent', nowMs, audit }),
    message('redeemCode', redemption(pending.id)),
  ])

  assert.deepEqual(answers[1], { ok: false, refusal: 'code-gone' })
  assert.equal(count(storage, 'token_families'), 0)
})

test('a consent ends once, and one that never was changes nothing', async (t) => {
  const storage = await withPeople(t)
  await endConsent(storage)
  const unchanged = { isChanged: false, revokedIssuances: 0, revokedFamilies: 0 }

  assert.deepEqual(await endConsent(storage), { ok: true, reply: unchanged })
  const audit = auditEvent('consent_grant.revoked_admin')
  const unknown = await storage.commit('revokeConsentGrant', { id: 'nothing', nowMs, audit })
  assert.deepEqual(unknown, { ok: true, reply: unchanged })
  const audits = `SELECT count(*) AS n FROM audit_events
    WHERE action = 'consent_grant.revoked_admin'`
  assert.deepEqual(storage.query(audits), [{ n: 1 }])
})

test('the end of a consent reaches what was exchanged from its tokens at any depth', async (t) => {
  const storage = await withPeople(t)
  const { token } = await redeemed(storage)
  const of = (over: Partial<Issuance>) =>
    issuance({ subjectUserId: 'user', isMachine: false, clientId: 'exchanger', ...over })
  const child = of({ parentJti: token.jti, consentClientId: null })
  const grandchild = of({ parentJti: child.id, clientId: 'fronting' })
  const direct = of({ consentClientId: 'client' })
  const old = of({ clientId: 'client', consentClientId: null })
  store(storage, child, grandchild, direct, old)

  const answer = await endConsent(storage)

  assert.equal(answer.ok && answer.reply.revokedIssuances, 5)
  const reached = [token.jti, child.id, grandchild.id, direct.id, old.id]
  assert.deepEqual(revokedIds(storage), reached.toSorted())
})

test('a lineage that runs in a circle is followed once', async (t) => {
  const storage = await withPeople(t)
  const { token } = await redeemed(storage)
  const child = issuance({ subjectUserId: 'user', clientId: 'x', parentJti: token.jti })
  store(storage, child)
  storage.execute(`UPDATE issuances SET parent_jti = '${child.id}' WHERE id = '${token.jti}'`)

  const answer = await endConsent(storage)

  assert.equal(answer.ok && answer.reply.revokedIssuances, 2)
})

test('tokens of a family are reached however long ago they were issued', async (t) => {
  const storage = await withPeople(t)
  const at = nowMs - 100 * 24 * hourMs
  const { family: made, refreshToken: presented } = await redeemed(storage)
  const token = userToken({ familyId: made.id, issuedAtMs: at, expiresAtMs: nowMs + hourMs })
  await storage.commit('rotateRefreshToken', rotation(presented, { token }))

  await endConsent(storage)

  assert.ok(revokedIds(storage).includes(token.jti))
})

test('the end of a consent touches no other user, client or resource', async (t) => {
  const storage = await withPeople(t)
  await addUser(storage, user({ id: 'neighbour' }))
  const audit = auditEvent('client.created_admin')
  await storage.commit('createClient', { client: client({ id: 'other' }), audit })
  const second = resource({ id: 'second', uri: `${uri}/second` })
  await storage.commit('createResource', {
    resource: second,
    audit: auditEvent('resource.created'),
  })
  await allow(storage, consent({ id: 'for-second', resourceId: second.id }))
  for (const over of [
    family({ userId: 'neighbour' }),
    family({ clientId: 'other' }),
    family({ resource: '' }),
    family({ resource: second.uri }),
  ]) {
    await redeemed(storage, over)
  }
  const bystanders = [
    authorization({ userId: 'neighbour' }),
    authorization({ clientId: 'other' }),
    authorization({ resource: second.uri }),
  ]
  for (const pending of bystanders) {
    await storage.commit('startAuthorization', { authorization: pending })
  }

  const answer = await endConsent(storage)

  assert.deepEqual(answer.ok && answer.reply.revokedFamilies, 0)
  assert.deepEqual(denylist(storage), [])
  for (const { id } of bystanders) {
    const { authorization: left } = await storage.read('readAuthorization', { id })
    assert.equal(left?.expiresAtMs, nowMs + 600_000)
  }
})

test('the end of a consent reaches what its resource was granted under another URI', async (t) => {
  const storage = await withPeople(t)
  const { family: made, refreshToken: presented } = await redeemed(storage)
  const code = authorization()
  await storage.commit('startAuthorization', { authorization: code })
  storage.execute(`UPDATE resources SET uri = 'https://moved.test' WHERE uri = '${uri}'`)

  const answer = await endConsent(storage)

  assert.equal(answer.ok && answer.reply.revokedFamilies, 1)
  const request = { tokenHash: presented.tokenHash, clientId: 'client' }
  const { family: left } = await storage.read('readRevocation', request)
  assert.deepEqual([left?.id, left?.status], [made.id, 'revoked'])
  const { authorization: ended } = await storage.read('readAuthorization', { id: code.id })
  assert.equal(ended?.expiresAtMs, 0)
})

test('the end of a consent leaves alone who is being asked about another resource', async (t) => {
  const storage = await withPeople(t)
  const asked = authorization({ resource: `${uri}/second`, codeHash: null })
  await storage.commit('startAuthorization', { authorization: asked })

  await endConsent(storage)

  const { authorization: left } = await storage.read('readAuthorization', { id: asked.id })
  assert.equal(left?.expiresAtMs, nowMs + 600_000)
})

test('dead tokens are not counted among those that a consent takes with it', async (t) => {
  const storage = await withPeople(t)
  await redeemed(storage)

  const answer = await endConsent(storage, nowMs + hourMs)

  assert.deepEqual(answer, {
    ok: true,
    reply: { isChanged: true, revokedIssuances: 0, revokedFamilies: 1 },
  })
  assert.deepEqual(denylist(storage), [])
})
