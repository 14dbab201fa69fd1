// Codes are redeemed once, and everything that comes of one comes in one unit (spec 01 §10.3, B1).
import assert from 'node:assert/strict'
import test from 'node:test'
import { type Storage, startStorage } from './harness.ts'
import {
  authorization,
  count,
  family,
  message,
  presentedOf,
  redeemed,
  redemption,
  refreshedOf,
  refreshToken,
  tokenAudit,
  uri,
  userToken,
  withPeople,
} from './people-records.ts'
import { auditEvent, client, nowMs, resource } from './records.ts'

async function withCode(t: Parameters<typeof withPeople>[0], over = {}) {
  const storage = await withPeople(t)
  const pending = authorization(over)
  await storage.commit('startAuthorization', { authorization: pending })
  return { storage, pending }
}

const traces = ['token_families', 'refresh_tokens', 'access_token_jtis', 'issuances', 'dpop_jtis']
/** How many rows each table has that a redemption writes to. */
const tracesOf = (storage: Storage) => traces.map((table) => count(storage, table))

test('a redemption leaves family, tokens, issuance, proof and audit row behind', async (t) => {
  const { storage, pending } = await withCode(t)
  const made = family({ authorizationId: pending.id })
  const token = userToken({ familyId: made.id, dpopJkt: 'key', isAgent: true })
  const refresh = refreshToken({ familyId: made.id, dpopJkt: 'key' })
  const proof = { jkt: 'key', jti: 'proof', expiresAtMs: nowMs + 1000 }
  const audit = tokenAudit('token.issued', token)

  const answer = await storage.commit(
    'redeemCode',
    redemption(pending.id, { family: made, token, refreshToken: refresh, proof, audit }),
  )

  assert.deepEqual(answer, { ok: true, reply: {} })
  const { tokenHash } = refresh
  const stored = await storage.read('readRefreshToken', {
    tokenHash,
    clientId: 'client',
    resource: null,
  })
  assert.deepEqual([stored.refreshToken, stored.family], [presentedOf(refresh), refreshedOf(made)])
  const ofCode = { authorizationId: pending.id }
  assert.deepEqual(await storage.read('readFamilyOfAuthorization', ofCode), { family: made })
  const { issuance } = await storage.read('readIssuance', { id: token.jti })
  assert.deepEqual(
    [issuance?.subjectUserId, issuance?.consentClientId, issuance?.dpopJkt, issuance?.agentId],
    ['user', 'client', 'key', 'client'],
  )
  assert.deepEqual(storage.query('SELECT jti, family_id FROM access_token_jtis'), [
    { jti: token.jti, family_id: made.id },
  ])
  assert.deepEqual(storage.query('SELECT jkt, jti FROM dpop_jtis'), [{ jkt: 'key', jti: 'proof' }])
  const audits = `SELECT action, has_issuance FROM audit_events WHERE id = '${token.jti}'`
  assert.deepEqual(storage.query(audits), [{ action: 'token.issued', has_issuance: 1 }])
  const { codeHash } = pending
  const read = await storage.read('readCode', {
    codeHash: codeHash ?? '',
    clientId: 'client',
    resource: null,
  })
  assert.equal(read.authorization?.consumedAtMs, nowMs)
  const found = await storage.read('readFamilyOfAuthorization', { authorizationId: pending.id })
  assert.deepEqual(found, { family: made })
})

test('without the refresh grant there is a family but no refresh token', async (t) => {
  const { storage, pending } = await withCode(t)

  await storage.commit('redeemCode', redemption(pending.id, { refreshToken: null }))

  assert.deepEqual(tracesOf(storage), [1, 0, 1, 1, 0])
})

test('a token without a resource has no issuance, and its audit row says so', async (t) => {
  const { storage, pending } = await withCode(t, { resource: '' })
  const made = family({ authorizationId: pending.id, resource: '' })
  const token = userToken({ familyId: made.id, resourceId: null })

  await storage.commit(
    'redeemCode',
    redemption(pending.id, {
      family: made,
      token,
      refreshToken: null,
      consentId: null,
      audit: tokenAudit('token.issued', token),
    }),
  )

  assert.deepEqual(tracesOf(storage), [1, 0, 1, 0, 0])
  const audits = `SELECT has_issuance FROM audit_events WHERE id = '${token.jti}'`
  assert.deepEqual(storage.query(audits), [{ has_issuance: 0 }])
})

test('of two redemptions of one code in one commit the first wins', async (t) => {
  const { storage, pending } = await withCode(t)

  const answers = await storage.commitGroup([
    message('redeemCode', redemption(pending.id)),
    message('redeemCode', redemption(pending.id)),
  ])

  assert.deepEqual(answers, [
    { ok: true, reply: {} },
    { ok: false, refusal: 'code-consumed' },
  ])
  assert.deepEqual(tracesOf(storage), [1, 1, 1, 1, 0])
})

test('a code that has expired, has no row, or was never issued is gone', async (t) => {
  const { storage, pending } = await withCode(t)
  const codeless = authorization({ codeHash: null })
  await storage.commit('startAuthorization', { authorization: codeless })
  const late = redemption(pending.id, { nowMs: pending.expiresAtMs })

  for (const request of [late, redemption('nothing'), redemption(codeless.id)]) {
    const answer = await storage.commit('redeemCode', request)
    assert.deepEqual(answer, { ok: false, refusal: 'code-gone' })
  }
  assert.deepEqual(tracesOf(storage), [0, 0, 0, 0, 0])
})

test('a replayed proof rolls everything back, and the code can still be redeemed', async (t) => {
  const { storage, pending } = await withCode(t)
  const proof = { jkt: 'key', jti: 'proof', expiresAtMs: nowMs + 1000 }
  const other = authorization()
  await storage.commit('startAuthorization', { authorization: other })
  await storage.commit('redeemCode', redemption(other.id, { proof }))

  const replay = await storage.commit('redeemCode', redemption(pending.id, { proof }))

  assert.deepEqual(replay, { ok: false, refusal: 'proof-replayed' })
  assert.deepEqual(tracesOf(storage), [1, 1, 1, 1, 1])
  const fresh = redemption(pending.id, { proof: { ...proof, jkt: 'another key' } })
  assert.deepEqual(await storage.commit('redeemCode', fresh), { ok: true, reply: {} })
})

const stops: readonly (readonly [string, string, string])[] = [
  ['client-gone', 'a suspended client', `UPDATE clients SET status = 'suspended'`],
  ['client-gone', 'a deleted client', 'DELETE FROM clients'],
  ['user-gone', 'a disabled user', `UPDATE users SET status = 'disabled'`],
  ['user-gone', 'a deleted user', 'DELETE FROM users'],
  ['consent-gone', 'a revoked consent', `UPDATE consent_grants SET revoked_at = 'x'`],
  ['consent-gone', 'a consent that is gone', 'DELETE FROM consent_grants'],
  ['resource-gone', 'a deleted resource', 'DELETE FROM consent_grants; DELETE FROM resources'],
]
for (const [refusal, what, change] of stops) {
  test(`${what} between reading and committing is told, and the code is unspent`, async (t) => {
    const { storage, pending } = await withCode(t)
    storage.execute(`PRAGMA foreign_keys = ON; ${change}`)
    const consentId = refusal === 'resource-gone' ? null : 'consent'

    const answer = await storage.commit('redeemCode', redemption(pending.id, { consentId }))

    assert.deepEqual(answer, { ok: false, refusal })
    assert.deepEqual(tracesOf(storage), [0, 0, 0, 0, 0])
    assert.deepEqual(
      storage.query(`SELECT consumed_at FROM auth_sessions WHERE id = '${pending.id}'`),
      [{ consumed_at: null }],
    )
  })
}

test('a code reads with everybody and everything that its token depends on', async (t) => {
  const { storage, pending } = await withCode(t)

  const { authorization: read, standing } = await storage.read('readCode', {
    codeHash: pending.codeHash ?? '',
    clientId: 'client',
    resource: null,
  })

  assert.deepEqual(read, pending)
  assert.equal(standing?.client?.id, 'client')
  assert.deepEqual(standing?.user, { id: 'user', status: 'active' })
  assert.deepEqual(standing?.resource, { id: 'resource', uri, scopeNames: ['read', 'write'] })
  assert.deepEqual(standing?.consent, { id: 'consent', scopes: ['read', 'write'] })
  assert.deepEqual(standing?.requested, [])
})

test('an unknown code reads as nothing', async (t) => {
  const storage = await startStorage(t)
  const request = { codeHash: 'nothing', clientId: 'client', resource: null }

  const answer = await storage.read('readCode', request)

  assert.deepEqual(answer, { authorization: null, standing: null })
})

test('the client of a code is the one that the request names', async (t) => {
  const { storage, pending } = await withCode(t)
  const other = client({ id: 'other' })
  await storage.commit('createClient', {
    client: other,
    audit: auditEvent('client.created_admin'),
  })
  const codeHash = pending.codeHash ?? ''
  const read = async (clientId: string) =>
    (await storage.read('readCode', { codeHash, clientId, resource: null })).standing?.client?.id

  assert.equal(await read('other'), 'other')
  assert.equal(await read('nobody'), undefined)
})

test('the resource of a request is looked up in both spellings, and by slug', async (t) => {
  const { storage, pending } = await withCode(t)
  const codeHash = pending.codeHash ?? ''
  const requested = async (resource: string) => {
    const request = { codeHash, clientId: 'client', resource }
    return (await storage.read('readCode', request)).standing?.requested.map(({ id }) => id)
  }

  assert.deepEqual(await requested(uri), ['resource'])
  assert.deepEqual(await requested('HTTPS://RESOURCE.example/mcp'), ['resource'])
  const { resource } = await storage.read('readResource', { by: 'id', value: 'resource' })
  assert.deepEqual(await requested(resource?.slug ?? ''), ['resource'])
  assert.deepEqual(await requested('https://elsewhere.example'), [])
})

test('a URI that two resources share by now denotes none of them', async (t) => {
  const { storage, pending } = await withCode(t)
  const audit = auditEvent('resource.created')
  await storage.commit('createResource', { resource: resource({ uri }), audit })

  const { standing } = await storage.read('readCode', {
    codeHash: pending.codeHash ?? '',
    clientId: 'client',
    resource: uri,
  })

  assert.deepEqual([standing?.resource, standing?.consent], [null, null])
  assert.equal(standing?.requested.length, 2)
})

test('a failed redemption is counted, and the last one spends the code', async (t) => {
  const { storage, pending } = await withCode(t)
  const fail = async () => {
    const audit = auditEvent('token.issue_denied')
    const request = { authorizationId: pending.id, failuresMax: 3, nowMs, audit }
    const answer = await storage.commit('countFailedRedemption', request)
    return answer.ok && answer.reply.isSpent
  }

  assert.deepEqual(
    [await fail(), await fail(), await fail(), await fail()],
    [false, false, true, true],
  )

  const answer = await storage.commit('redeemCode', redemption(pending.id))
  assert.deepEqual(answer, { ok: false, refusal: 'code-consumed' })
  const counted = `SELECT count(*) AS n FROM audit_events WHERE action = 'token.issue_denied'`
  assert.deepEqual(storage.query(counted), [{ n: 4 }])
})

test('a failure without an authenticated client leaves no audit row', async (t) => {
  const { storage, pending } = await withCode(t)
  const before = count(storage, 'audit_events')

  const request = { authorizationId: pending.id, failuresMax: 5, nowMs, audit: null }
  const answer = await storage.commit('countFailedRedemption', request)

  assert.deepEqual(answer, { ok: true, reply: { isSpent: false } })
  assert.equal(count(storage, 'audit_events'), before)
})

test('a family and its authorization stay known after the code is spent', async (t) => {
  const storage = await withPeople(t)
  const { authorization: spent, family: made } = await redeemed(storage)

  const known = await storage.read('readFamilyOfAuthorization', { authorizationId: spent.id })
  const unknown = await storage.read('readFamilyOfAuthorization', { authorizationId: 'nothing' })

  assert.deepEqual([known.family, unknown.family], [made, null])
})
