// People and their browser sessions (spec 04 §1, 01 §7, 05 §4.3).
import assert from 'node:assert/strict'
import test from 'node:test'
import { startStorage } from './harness.ts'
import {
  addUser,
  authorization,
  count,
  family,
  redeemed,
  redemption,
  user,
  withPeople,
} from './people-records.ts'
import { auditEvent, nowMs } from './records.ts'

const byId = (value: string) => ({ by: 'id', value }) as const

test('a created user is read back with every member, by id and by address', async (t) => {
  const storage = await startStorage(t)
  const record = user({ role: 'admin', sessionsSinceMs: nowMs - 1, email: 'a@people.example' })
  const federated = user({
    email: null,
    passwordHash: '',
    provider: 'oidc',
    providerSub: 'sub',
    providerIssuer: 'https://idp.example',
  })
  await addUser(storage, record)
  await addUser(storage, federated)

  assert.deepEqual(await storage.read('readUser', byId(record.id)), { user: record })
  assert.deepEqual(await storage.read('readUser', byId(federated.id)), { user: federated })
  const byEmail = { by: 'email', value: 'a@people.example' } as const
  assert.deepEqual(await storage.read('readUser', byEmail), { user: record })
})

test('nobody is found by an unknown or an empty address', async (t) => {
  const storage = await startStorage(t)
  await addUser(storage, user({ email: null }))
  storage.execute(`UPDATE users SET email = ''`)

  for (const value of ['nobody@people.example', '']) {
    assert.deepEqual(await storage.read('readUser', { by: 'email', value }), { user: null })
  }
})

test('users are listed newest first, page by page', async (t) => {
  const storage = await startStorage(t)
  const records = [0, 1, 2].map((n) => user({ createdAtMs: nowMs + n }))
  for (const record of records) await addUser(storage, record)
  const [oldest, middle, newest] = records

  const page = async (limit: number, offset: number) =>
    (await storage.read('listUsers', { limit, offset })).users

  assert.deepEqual(await page(2, 0), [newest, middle])
  assert.deepEqual(await page(2, 2), [oldest])
})

test('an address belongs to one user, and the loser leaves no audit row', async (t) => {
  const storage = await startStorage(t)
  await addUser(storage, user({ email: 'a@people.example' }))

  const answer = await storage.commit('createUser', {
    user: user({ email: 'a@people.example' }),
    audit: auditEvent('user.created'),
  })

  assert.deepEqual(answer, { ok: false, refusal: 'email-taken' })
  assert.deepEqual([count(storage, 'users'), count(storage, 'audit_events')], [1, 1])
})

test('a change applies to the version that was read, and counts it up', async (t) => {
  const storage = await startStorage(t)
  const record = user()
  await addUser(storage, record)
  await addUser(storage, user({ email: 'taken@people.example' }))
  const change = (id: string, version: number, email: string) =>
    storage.commit('changeUser', {
      id,
      version,
      change: { email, name: 'New name' },
      nowMs: nowMs + 5,
      audit: auditEvent('user.updated'),
    })

  const changed = await change(record.id, 1, 'new@people.example')

  const expected = {
    ...record,
    email: 'new@people.example',
    name: 'New name',
    version: 2,
    updatedAtMs: nowMs + 5,
  }
  assert.deepEqual(changed, { ok: true, reply: { user: expected } })
  assert.deepEqual(await storage.read('readUser', byId(record.id)), { user: expected })
  const refusals = [
    await change(record.id, 1, 'other@people.example'),
    await change(record.id, 2, 'taken@people.example'),
    await change('nobody', 1, 'other@people.example'),
  ]
  assert.deepEqual(
    refusals.map((answer) => !answer.ok && answer.refusal),
    ['version-conflict', 'email-taken', 'unknown-user'],
  )
})

test('who is disabled can redeem no code, also not when he is enabled again', async (t) => {
  const storage = await withPeople(t)
  const pending = authorization()
  await storage.commit('startAuthorization', { authorization: pending })
  const move = (id: string, from: 'active' | 'disabled', to: 'active' | 'disabled') =>
    storage.commit('changeUserStatus', { id, from, to, nowMs, audit: auditEvent('user.disabled') })

  assert.deepEqual(await move('user', 'active', 'disabled'), { ok: true, reply: {} })
  assert.deepEqual(await move('user', 'active', 'disabled'), { ok: false, refusal: 'wrong-status' })
  assert.deepEqual(await move('nobody', 'active', 'disabled'), {
    ok: false,
    refusal: 'unknown-user',
  })
  assert.deepEqual(await move('user', 'disabled', 'active'), { ok: true, reply: {} })

  const answer = await storage.commit('redeemCode', redemption(pending.id))
  assert.deepEqual(answer, { ok: false, refusal: 'code-gone' })
})

test('a new password ends the sessions that began before it', async (t) => {
  const storage = await startStorage(t)
  const record = user()
  await addUser(storage, record)

  const audit = auditEvent('user.password_changed')
  const request = { id: record.id, passwordHash: 'new', ifHash: null, nowMs: nowMs + 1, audit }
  const answer = await storage.commit('setPassword', request)

  assert.deepEqual(answer, { ok: true, reply: {} })
  const { user: stored } = await storage.read('readUser', byId(record.id))
  assert.deepEqual(
    [stored?.passwordHash, stored?.sessionsSinceMs, stored?.version],
    ['new', nowMs + 1, 2],
  )
})

test('the same password in another form ends nothing, and yields to a new one', async (t) => {
  const storage = await startStorage(t)
  const record = user({ passwordHash: 'old form' })
  await addUser(storage, record)
  const rehash = (ifHash: string) =>
    storage.commit('setPassword', {
      id: record.id,
      passwordHash: 'new form',
      ifHash,
      nowMs: nowMs + 1,
      audit: null,
    })

  assert.deepEqual(await rehash('another'), { ok: false, refusal: 'hash-changed' })
  assert.deepEqual(await rehash('old form'), { ok: true, reply: {} })

  const expected = { ...record, passwordHash: 'new form' }
  assert.deepEqual(await storage.read('readUser', byId(record.id)), { user: expected })
  assert.equal(count(storage, 'audit_events'), 1)
})

test('only local users have a password', async (t) => {
  const storage = await startStorage(t)
  const federated = user({ provider: 'oidc', providerSub: 'sub', passwordHash: '' })
  await addUser(storage, federated)

  for (const id of [federated.id, 'nobody']) {
    for (const ifHash of [null, '']) {
      const request = { id, passwordHash: 'new', ifHash, nowMs, audit: null }
      const answer = await storage.commit('setPassword', request)
      assert.deepEqual(answer, { ok: false, refusal: 'unknown-user' })
    }
  }
})

test('a user with active families is deleted only by force, with all that is his', async (t) => {
  const storage = await withPeople(t)
  const { token } = await redeemed(storage)
  const remove = (force: boolean) =>
    storage.commit('deleteUser', {
      id: 'user',
      force,
      nowMs,
      audit: auditEvent('user.deleted', { detail: `user=user force=${force}` }),
    })

  assert.deepEqual(await remove(false), { ok: false, refusal: 'user-in-use' })
  assert.deepEqual(await remove(true), { ok: true, reply: { hasMore: false } })
  assert.deepEqual(await remove(true), { ok: false, refusal: 'unknown-user' })

  const left = ['users', 'token_families', 'refresh_tokens', 'access_token_jtis', 'consent_grants']
  assert.deepEqual(
    left.map((table) => count(storage, table)),
    [0, 0, 0, 0, 0],
  )
  assert.deepEqual(storage.query('SELECT jti FROM revoked_jtis'), [{ jti: token.jti }])
})

test('a user with many families is deleted in steps, and the last is told', async (t) => {
  const storage = await withPeople(t)
  for (let n = 0; n < 150; n += 1) await redeemed(storage)
  const remove = () =>
    storage.commit('deleteUser', {
      id: 'user',
      force: true,
      nowMs,
      audit: auditEvent('user.deleted'),
    })

  assert.deepEqual(await remove(), { ok: true, reply: { hasMore: true } })
  const told = `SELECT count(*) AS n FROM audit_events WHERE action = 'user.deleted'`
  assert.deepEqual(storage.query(told), [{ n: 0 }])
  assert.deepEqual(await remove(), { ok: true, reply: { hasMore: false } })
  assert.deepEqual(storage.query(told), [{ n: 1 }])
  assert.equal(count(storage, 'revoked_jtis'), 150)
})

test('a forced logout ends all that a user has begun, in bounded steps', async (t) => {
  const storage = await withPeople(t)
  await addUser(storage, user({ id: 'neighbour' }))
  const bystander = await redeemed(storage, family({ userId: 'neighbour' }))
  for (let n = 0; n < 150; n += 1) await redeemed(storage)
  const pending = authorization()
  await storage.commit('startAuthorization', { authorization: pending })
  const logout = (revokedBefore: number) =>
    storage.commit('forceLogout', {
      userId: 'user',
      revokedBefore,
      nowMs: nowMs + 1,
      audit: auditEvent('user.force_logout', { detail: 'user=user' }),
    })

  assert.deepEqual(await logout(0), { ok: true, reply: { revoked: 100, hasMore: true } })
  assert.deepEqual(await logout(100), { ok: true, reply: { revoked: 50, hasMore: false } })

  const told = `SELECT detail FROM audit_events WHERE action = 'user.force_logout'`
  assert.deepEqual(storage.query(told), [{ detail: 'user=user revoked=150' }])
  assert.deepEqual(storage.query(`SELECT id FROM token_families WHERE status = 'active'`), [
    { id: bystander.family.id },
  ])
  assert.equal(count(storage, 'revoked_jtis'), 150)
  const { user: stored } = await storage.read('readUser', byId('user'))
  assert.equal(stored?.sessionsSinceMs, nowMs + 1)
  const late = await storage.commit('redeemCode', redemption(pending.id, { nowMs: nowMs + 2 }))
  assert.deepEqual(late, { ok: false, refusal: 'code-gone' })
})

test('a forced logout of nobody is refused, and of an idle user is told', async (t) => {
  const storage = await withPeople(t)
  const logout = (userId: string) =>
    storage.commit('forceLogout', {
      userId,
      revokedBefore: 0,
      nowMs,
      audit: auditEvent('user.force_logout', { detail: 'user=user' }),
    })

  assert.deepEqual(await logout('nobody'), { ok: false, refusal: 'unknown-user' })
  assert.deepEqual(await logout('user'), { ok: true, reply: { revoked: 0, hasMore: false } })
})

test('a browser session is ended once, and reads as ended with its user', async (t) => {
  const storage = await startStorage(t)
  const record = user()
  await addUser(storage, record)
  const session = { sessionId: 'session', userId: record.id }
  const end = () =>
    storage.commit('revokeBrowserSession', {
      ...session,
      expiresAtMs: nowMs + 1000,
      audit: auditEvent('session.revoked'),
    })

  assert.deepEqual(await storage.read('readBrowserSession', session), {
    user: record,
    isRevoked: false,
  })
  assert.deepEqual(await end(), { ok: true, reply: { isChanged: true } })
  assert.deepEqual(await end(), { ok: true, reply: { isChanged: false } })
  assert.deepEqual(await storage.read('readBrowserSession', session), {
    user: record,
    isRevoked: true,
  })
  const told = `SELECT count(*) AS n FROM audit_events WHERE action = 'session.revoked'`
  assert.deepEqual(storage.query(told), [{ n: 1 }])
})
