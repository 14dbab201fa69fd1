// Authorizations and consents up to the code (spec 01 §6–8).
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  addUser,
  allow,
  authorization,
  consent,
  count,
  uri,
  user,
  withPeople,
} from './people-records.ts'
import { auditEvent, nowMs, resource } from './records.ts'

const pendingOne = () => authorization({ codeHash: null })

const approval = (authorizationId: string, over = {}) => ({
  authorizationId,
  userId: 'user',
  consent: consent({ id: 'new', scopes: ['read'], updatedAtMs: nowMs + 1 }),
  scope: 'read',
  codeHash: 'hash',
  nowMs,
  audit: auditEvent('consent.granted'),
  ...over,
})

test('an authorization is read back with its client and its resource', async (t) => {
  const storage = await withPeople(t)
  const pending = authorization()
  await storage.commit('startAuthorization', { authorization: pending })

  const read = await storage.read('readAuthorization', { id: pending.id })

  assert.deepEqual(read.authorization, pending)
  assert.equal(read.client?.id, 'client')
  assert.deepEqual(
    read.resources.map(({ id }) => id),
    ['resource'],
  )
  assert.deepEqual(await storage.read('readAuthorization', { id: 'nothing' }), {
    authorization: null,
    client: null,
    resources: [],
  })
})

test('an authorize request reads client, resource and live consent', async (t) => {
  const storage = await withPeople(t)
  const request = { clientId: 'client', userId: 'user', resource: 'HTTPS://resource.example/mcp' }

  const read = await storage.read('readAuthorizeContext', request)

  assert.equal(read.client?.id, 'client')
  assert.equal(read.resources[0]?.id, 'resource')
  assert.deepEqual(read.consent, consent())
})

test('an authorize request may name its resource by slug, if that has a URI', async (t) => {
  const storage = await withPeople(t)
  const audit = auditEvent('resource.created')
  const bare = resource({ id: 'bare', slug: 'bare', uri: '' })
  await storage.commit('createResource', { resource: bare, audit })
  const registered = await storage.read('readResource', { by: 'id', value: 'resource' })
  const named = async (name: string) =>
    (
      await storage.read('readAuthorizeContext', {
        clientId: 'client',
        userId: 'user',
        resource: name,
      })
    ).resources.map(({ id }) => id)

  assert.deepEqual(await named(registered.resource?.slug ?? ''), ['resource'])
  assert.deepEqual(await named('bare'), [])
  assert.deepEqual(await named('nothing'), [])
})

test('there is no consent without a user, without a resource, or when it is revoked', async (t) => {
  const storage = await withPeople(t)
  const read = async (userId: string | null, target: string | null) =>
    (
      await storage.read('readAuthorizeContext', {
        clientId: 'client',
        userId,
        resource: target,
      })
    ).consent

  assert.equal(await read(null, uri), null)
  assert.equal(await read('user', null), null)
  const audit = auditEvent('consent_grant.revoked_admin')
  await storage.commit('revokeConsentGrant', { id: 'consent', nowMs, audit })
  assert.equal(await read('user', uri), null)
})

test('a yes stores the consent, narrows the scope and issues the code, once', async (t) => {
  const storage = await withPeople(t)
  const pending = pendingOne()
  await storage.commit('startAuthorization', { authorization: pending })

  const first = await storage.commit('approveConsent', approval(pending.id))
  const second = await storage.commit('approveConsent', approval(pending.id, { codeHash: 'x' }))

  assert.deepEqual(first, { ok: true, reply: {} })
  assert.deepEqual(second, { ok: false, refusal: 'authorization-gone' })
  const { authorization: stored } = await storage.read('readAuthorization', { id: pending.id })
  assert.deepEqual(stored, { ...pending, scope: 'read', codeHash: 'hash' })
  const { consents } = await storage.read('listConsentGrants', { userId: 'user' })
  assert.deepEqual(consents, [consent({ scopes: ['read'], updatedAtMs: nowMs + 1 })])
})

test('a yes without a resource stores no consent', async (t) => {
  const storage = await withPeople(t)
  const pending = authorization({ codeHash: null, resource: '' })
  await storage.commit('startAuthorization', { authorization: pending })

  const answer = await storage.commit('approveConsent', approval(pending.id, { consent: null }))

  assert.deepEqual(answer, { ok: true, reply: {} })
  assert.equal(count(storage, 'consent_grants'), 1)
})

test('consents of a user are listed newest first, revoked ones too', async (t) => {
  const storage = await withPeople(t)
  const second = resource({ id: 'second' })
  const audit = auditEvent('resource.created')
  await storage.commit('createResource', { resource: second, audit })
  await allow(storage, consent({ id: 'later', resourceId: 'second', createdAtMs: nowMs + 1 }))
  await storage.commit('revokeConsentGrant', {
    id: 'consent',
    nowMs: nowMs + 2,
    audit: auditEvent('consent_grant.revoked_admin'),
  })

  const { consents } = await storage.read('listConsentGrants', { userId: 'user' })

  assert.deepEqual(
    consents.map(({ id, revokedAtMs }) => [id, revokedAtMs]),
    [
      ['later', null],
      ['consent', nowMs + 2],
    ],
  )
})

test('a yes or a no counts only from whoever began, and in time', async (t) => {
  const storage = await withPeople(t)
  await addUser(storage, user({ id: 'other' }))
  const pending = pendingOne()
  await storage.commit('startAuthorization', { authorization: pending })
  const late = { nowMs: pending.expiresAtMs }

  for (const over of [{ userId: 'other' }, late]) {
    const denial = {
      authorizationId: pending.id,
      userId: 'user',
      nowMs,
      audit: auditEvent('consent.denied'),
      ...over,
    }
    const answers = [
      await storage.commit('approveConsent', approval(pending.id, over)),
      await storage.commit('denyConsent', denial),
    ]
    for (const answer of answers) {
      assert.deepEqual(answer, { ok: false, refusal: 'authorization-gone' })
    }
  }
  assert.equal(count(storage, 'auth_sessions'), 2)
})

test('a no ends the authorization', async (t) => {
  const storage = await withPeople(t)
  const pending = pendingOne()
  await storage.commit('startAuthorization', { authorization: pending })
  const audit = auditEvent('consent.denied')

  const request = { authorizationId: pending.id, userId: 'user', nowMs, audit }
  const answer = await storage.commit('denyConsent', request)

  assert.deepEqual(answer, { ok: true, reply: {} })
  const approved = await storage.commit('approveConsent', approval(pending.id))
  assert.deepEqual(approved, { ok: false, refusal: 'authorization-gone' })
})

const stops: readonly (readonly [string, string, string])[] = [
  ['client-gone', 'a deleted client', 'DELETE FROM clients'],
  ['client-gone', 'a suspended client', `UPDATE clients SET status = 'suspended'`],
  ['user-gone', 'a deleted user', 'DELETE FROM users'],
  ['user-gone', 'a disabled user', `UPDATE users SET status = 'disabled'`],
  ['resource-gone', 'a deleted resource', 'DELETE FROM consent_grants; DELETE FROM resources'],
]
for (const [refusal, what, change] of stops) {
  test(`a yes for ${what} issues no code`, async (t) => {
    const storage = await withPeople(t)
    const pending = pendingOne()
    await storage.commit('startAuthorization', { authorization: pending })
    storage.execute(`PRAGMA foreign_keys = ON; ${change}`)

    const answer = await storage.commit('approveConsent', approval(pending.id))

    assert.deepEqual(answer, { ok: false, refusal })
    const { authorization: stored } = await storage.read('readAuthorization', { id: pending.id })
    assert.deepEqual(stored, pending)
  })
}
