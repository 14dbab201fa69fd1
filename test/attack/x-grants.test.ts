// Attacks across the groups of the catalogue: what was once a good grant, after its world has
// changed around it (spec 02 §5, 01 §10.3–10.4, decisions B1–B3, D3).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { rotateClientSecret } from '../../src/flows/admin/clients.ts'
import { revokeConsentGrant } from '../../src/flows/admin/grants.ts'
import { createUser, deleteUser } from '../../src/flows/admin/users.ts'
import { r1, r2, refused, tokenRequest } from '../support/attack.ts'
import { makeProof, makeProofKey } from '../support/dpop-client.ts'
import {
  formOf,
  type GrantTarget,
  pairOf,
  patchResource,
  startGrantTarget,
  strictTokens,
  tokenUrl,
} from '../support/grant-attack.ts'
import { deleteClient, scopesOf, secretOf, seedResource } from '../support/seed.ts'
import { seedApp } from '../support/seed-codes.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'

let target: GrantTarget
const operator = { actorId: 'admin', trace: null }

before(async () => {
  target = await startGrantTarget({})
})

after(() => target.stop())

/** The id of the one consent of a user. */
function consentOf(userId: string): string {
  const rows = target.inline.rows('SELECT id FROM consent_grants WHERE user_id = ?', userId)
  assert.equal(rows.length, 1)
  return String(rows[0]?.['id'])
}

describe('X-02 an account that was deleted and made again', () => {
  test('with the same address does not get what was granted to the first', async () => {
    const { services } = target.inline
    const requested = {
      email: 'zoe@example.test',
      password: passwordOf('zoe'),
      name: 'Zoe',
      role: null,
    }
    const first = await createUser(services, operator, requested)
    const old = await target.tokens({ userId: first.id })
    await deleteUser(services, operator, { id: first.id, force: true })
    const second = await createUser(services, operator, requested)

    assert.notEqual(second.id, first.id)
    await refused(target, () => target.refresh(old.refresh), 'invalid_grant')
    assert.equal(await target.isActive(old.access), false)
    assert.deepEqual(
      target.inline.rows('SELECT id FROM consent_grants WHERE user_id = ?', second.id),
      [],
    )
  })

  test('even under the same id gets nothing of it', async () => {
    const { services } = target.inline
    await seedUser(services, 'yves', {})
    const old = await target.tokens({ userId: 'yves' })
    const { form } = await target.code({ userId: 'yves' })
    await deleteUser(services, operator, { id: 'yves', force: true })
    await seedUser(services, 'yves', {})

    await refused(target, () => target.refresh(old.refresh), 'invalid_grant')
    await refused(target, () => target.token(form), 'invalid_grant')
    assert.equal(await target.isActive(old.access), false)

    const control = await target.tokens({ userId: 'yves' })
    assert.equal(await target.isActive(control.access), true)
  })
})

test('X-03 a client that was deleted and made again under its id gets nothing back', async () => {
  const { services } = target.inline
  await seedApp(services, 'again', {})
  const old = await target.tokens({ clientId: 'again' })
  const { form } = await target.code({ clientId: 'again' })
  await deleteClient(services, 'again')
  await seedApp(services, 'again', {})

  const change = { client_id: 'again' }
  await refused(target, () => target.refresh(old.refresh, change), 'invalid_grant')
  await refused(target, () => target.token(form), 'invalid_grant')
  assert.equal(await target.isActive(old.access), false)

  const control = await target.tokens({ clientId: 'again' })
  assert.equal(await target.isActive(control.access), true)
})

test('X-04 another resource that takes over an address gets no tokens of the first', async () => {
  const { services } = target.inline
  const resource = { id: 'before', uri: 'https://shared.test/mcp' }
  await seedResource(services, 'before', { uri: resource.uri })
  const old = await target.tokens({ resource })
  const { form } = await target.code({ resource })
  const away = { uri: 'https://away.test/mcp' }
  await patchResource(target, 'before', away)
  await seedResource(services, 'afterwards', { uri: resource.uri })

  await refused(target, () => target.refresh(old.refresh), 'invalid_grant')
  await refused(target, () => target.token(form), 'invalid_grant')
})

test('X-05 a consent that was revoked while its resource had moved stays revoked', async () => {
  const { services } = target.inline
  await seedUser(services, 'wim', {})
  const resource = { id: 'roaming', uri: 'https://roaming.test/mcp' }
  await seedResource(services, 'roaming', { uri: resource.uri })
  const grant = { userId: 'wim', resource }
  const old = await target.tokens(grant)
  const { form } = await target.code(grant)
  const away = { uri: 'https://elsewhere.test/mcp' }
  await patchResource(target, 'roaming', away)
  await revokeConsentGrant(services, operator, consentOf('wim'))
  await patchResource(target, 'roaming', { uri: resource.uri })

  const control = await target.tokens(grant)
  pairOf(await target.refresh(control.refresh))
  await refused(target, () => target.refresh(old.refresh), 'invalid_grant')
  await refused(target, () => target.token(form), 'invalid_grant')
})

describe('X-06 scopes that came later', () => {
  test('to the catalog are not part of what was allowed before', async () => {
    const { services } = target.inline
    const resource = { id: 'growing', uri: 'https://growing.test/mcp' }
    await seedResource(services, 'growing', { uri: resource.uri, scopes: scopesOf('tools/echo') })
    const old = await target.tokens({ resource })
    const scopes = scopesOf('tools/echo', 'tools/query')
    await patchResource(target, 'growing', { scopes })

    const wider = { scope: 'tools/echo tools/query' }
    await refused(target, () => target.refresh(old.refresh, wider), 'invalid_scope')
    const { body } = pairOf(await target.refresh(old.refresh))
    assert.equal(body['scope'], 'tools/echo')
  })

  test('to the ceiling of a client are not part of what was allowed before', async () => {
    const { services } = target.inline
    await seedApp(services, 'rising', { scope: 'tools/echo' })
    const old = await target.tokens({ clientId: 'rising' })
    target.inline.execute("UPDATE clients SET scope = 'tools/echo tools/query' WHERE id = 'rising'")

    const wider = { client_id: 'rising', scope: 'tools/query' }
    await refused(target, () => target.refresh(old.refresh, wider), 'invalid_scope')
    const { body } = pairOf(await target.refresh(old.refresh, { client_id: 'rising' }))
    assert.equal(body['scope'], 'tools/echo')
  })

  test('and a later, wider consent does not widen an older family', async () => {
    const { services } = target.inline
    await seedUser(services, 'vera', {})
    const old = await target.tokens({ userId: 'vera' })
    await target.tokens({ userId: 'vera', scope: 'tools/echo tools/query' })

    const wider = { scope: 'tools/query' }
    await refused(target, () => target.refresh(old.refresh, wider), 'invalid_scope')
    assert.equal(pairOf(await target.refresh(old.refresh)).body['scope'], 'tools/echo')
  })
})

describe('X-07 a ceiling that was lowered', () => {
  test('lowers what a refresh gets', async () => {
    const { services } = target.inline
    await seedApp(services, 'sinking', { scope: 'tools/echo tools/query' })
    const of = { clientId: 'sinking', scope: 'tools/echo tools/query' }
    const old = await target.tokens(of)
    target.inline.execute("UPDATE clients SET scope = 'tools/echo' WHERE id = 'sinking'")
    const client_id = 'sinking'

    const named = { client_id, scope: 'tools/query' }
    await refused(target, () => target.refresh(old.refresh, named), 'invalid_scope')
    const next = pairOf(await target.refresh(old.refresh, { client_id }))
    assert.equal(next.body['scope'], 'tools/echo')

    target.inline.execute("UPDATE clients SET scope = 'tools/other' WHERE id = 'sinking'")
    const nothing = () => target.refresh(next.refresh, { client_id })
    await refused(target, nothing, 'invalid_scope')
  })
})

describe('X-08 bad proofs', () => {
  test('do not kill a code, however many come', async () => {
    const { form } = await target.code()
    const key = makeProofKey()
    for (let count = 0; count < 10; count += 1) {
      const headers = { DPoP: makeProof(key, 'https://evil.test/oauth/token', {}) }
      await refused(target, () => target.token(form, headers), 'invalid_dpop_proof')
    }

    pairOf(await target.token(form, target.proofBy(key)))
  })

  for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/authorize', '/oauth/token/']) {
    test(`X-09 a proof for ${path} is none for the token endpoint`, async () => {
      const { form } = await target.code()
      const key = makeProofKey()
      const iat = Math.floor(target.clock.nowMs() / 1000)
      const url = tokenUrl.replace('/oauth/token', path)
      const headers = { DPoP: makeProof(key, url, { claims: { iat } }) }

      await refused(target, () => target.token(form, headers), 'invalid_dpop_proof')

      pairOf(await target.token(form, target.proofBy(key)))
    })
  }

  test('X-10 the proof of a redemption is none for a refresh', async () => {
    const key = makeProofKey()
    const proof = target.proofBy(key)
    const pair = await target.tokens({}, proof)

    const again = () => target.refresh(pair.refresh, {}, proof)
    await refused(target, again, 'invalid_dpop_proof')

    pairOf(await target.refresh(pair.refresh, {}, target.proofBy(key)))
  })
})

test('X-11 a client for bound tokens gets no others, since whenever it is one', async () => {
  const { services } = target.inline
  await seedApp(services, 'bound', {})
  const { form } = await target.code({ clientId: 'bound' })
  const old = await target.tokens({ clientId: 'bound' })
  target.inline.execute("UPDATE clients SET dpop_bound_access_tokens = 1 WHERE id = 'bound'")
  const change = { client_id: 'bound' }

  await refused(target, () => target.token(form), 'invalid_dpop_proof')
  await refused(target, () => target.refresh(old.refresh, change), 'invalid_dpop_proof')

  const key = makeProofKey()
  const { body } = pairOf(await target.token(form, target.proofBy(key)))
  assert.equal(body['token_type'], 'DPoP')
  pairOf(await target.refresh(old.refresh, change, target.proofBy(key)))
})

test('X-12 a client that may no longer refresh does not, and spends nothing', async () => {
  await seedApp(target.inline.services, 'demoted', {})
  const old = await target.tokens({ clientId: 'demoted' })
  const change = { client_id: 'demoted' }
  const setGrants = (names: string) =>
    target.inline.execute(`UPDATE clients SET grant_types = '${names}' WHERE id = 'demoted'`)
  setGrants('["authorization_code"]')

  await refused(target, () => target.refresh(old.refresh, change), 'unauthorized_client')

  setGrants('["authorization_code","refresh_token"]')
  pairOf(await target.refresh(old.refresh, change))
})

test('X-13 nothing survives a replay of its code, whatever it races with', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { form } = await target.code()
    const first = pairOf(await target.token(form))

    const [replay, ...refreshes] = await Promise.all([
      target.token(form),
      target.refresh(first.refresh),
    ])

    assert.equal(replay.status, 400)
    for (const refresh of refreshes.filter(({ status }) => status === 200).map(pairOf)) {
      assert.equal(await target.isActive(refresh.access), false)
      assert.equal((await target.refresh(refresh.refresh)).status, 400)
    }
    assert.equal(await target.isActive(first.access), false)
  }
})

test('X-14 nothing survives the revocation of its consent, whatever it races with', async () => {
  const { services } = target.inline
  await seedUser(services, 'ulla', {})
  for (let round = 0; round < 20; round += 1) {
    const old = await target.tokens({ userId: 'ulla' })
    const { form } = await target.code({ userId: 'ulla' })

    const [redeemed, refreshed] = await Promise.all([
      target.token(form),
      target.refresh(old.refresh),
      revokeConsentGrant(services, operator, consentOf('ulla')),
    ])

    for (const answer of [redeemed, refreshed]) {
      assert.ok(answer.status === 200 || answer.status === 400, answer.body)
      if (answer.status !== 200) continue
      const pair = pairOf(answer)
      assert.equal(await target.isActive(pair.access), false)
      assert.equal((await target.refresh(pair.refresh)).status, 400)
    }
  }
})

test('X-24 a secret that was rotated opens nothing, and its tokens live on', async () => {
  const { services } = target.inline
  const { form } = await target.code({ clientId: 'conf2' })
  const pair = await target.tokens({ clientId: 'conf2' })
  const { secret } = await rotateClientSecret(services, operator, 'conf2')
  const old = { client_id: 'conf2', client_secret: secretOf('conf2') }

  await refused(target, () => target.token(form), 'invalid_client')
  await refused(target, () => target.refresh(pair.refresh, old), 'invalid_client')

  pairOf(await target.token({ ...form, client_secret: secret }))
  pairOf(await target.refresh(pair.refresh, { ...old, client_secret: secret }))
})

test('X-17 a window for retries brings nothing back that was revoked', async () => {
  const window = await startGrantTarget({
    userTokens: { ...strictTokens, refreshGraceMs: 60_000 },
  })
  try {
    const { refresh } = await window.tokens()
    const next = pairOf(await window.refresh(refresh))
    pairOf(await window.refresh(refresh))
    const body = formOf({ token: next.refresh, client_id: 'pub' })
    const request = tokenRequest(body, {}).replace('/oauth/token', '/oauth/revoke')
    assert.equal((await window.send(request)).status, 200)

    await refused(window, () => window.refresh(refresh), 'invalid_grant')
    await refused(window, () => window.refresh(next.refresh), 'invalid_grant')
    assert.equal(await window.isActive(next.access), false)
  } finally {
    await window.stop()
  }
})

test('X-23 a token says exactly one audience, whatever is repeated in its request', async () => {
  const { form } = await target.code()
  const repeated = [r1, r2].map((uri) => `&resource=${encodeURIComponent(uri)}`)
  const body = `${formOf(form)}${repeated.join('')}`
  const { access } = pairOf(await target.send(tokenRequest(body, {})))

  const claims = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString())
  assert.deepEqual(claims.aud, [r1])
})
