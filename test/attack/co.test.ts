// Attack catalogue, group CO: authorization codes at the token endpoint (spec 09, spec 01 §10.3,
// decisions B1 and D3). Codes on two servers and after a crash are in co-instances.test.ts.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { revokeConsentGrant } from '../../src/flows/admin/grants.ts'
import { deleteUser, moveUserStatus } from '../../src/flows/admin/users.ts'
import { jsonOf, r1, r2, refused, tokenRequest } from '../support/attack.ts'
import { makeProofKey } from '../support/dpop-client.ts'
import { type GrantTarget, pairOf, startGrantTarget } from '../support/grant-attack.ts'
import { headerOf } from '../support/raw-http.ts'
import { type SeededCode, seedApp } from '../support/seed-codes.ts'
import { seedUser } from '../support/seed-users.ts'
import { testSettings } from '../support/settings.ts'

let target: GrantTarget
const operator = { actorId: 'admin', trace: null }
const wrongVerifier = 'w'.repeat(43)

before(async () => {
  target = await startGrantTarget({})
  const { services } = target.inline
  for (const id of ['dora', 'emil']) await seedUser(services, id, {})
  await seedApp(services, 'nocode', { grantTypes: ['refresh_token'] })
  await seedApp(services, 'norefresh', { grantTypes: ['authorization_code'] })
  await seedApp(services, 'halted', {})
})

after(() => target.stop())

/** The code still buys tokens: the positive control of a row. */
async function isUnspent({ form }: SeededCode): Promise<void> {
  const { access } = pairOf(await target.token(form))
  assert.equal(await target.isActive(access), true)
}

for (const seconds of [1, 30]) {
  test(`CO-01 a replay ${seconds} s later is refused, and ends what the code bought`, async () => {
    const { form } = await target.code()
    const { access, refresh } = pairOf(await target.token(form))
    assert.equal(await target.isActive(access), true)
    const audited = target.audited('auth_code.reused').length
    target.clock.advance(seconds * 1000)

    await refused(target, () => target.token(form), 'invalid_grant')

    assert.equal(await target.isActive(access), false)
    await refused(target, () => target.refresh(refresh), 'invalid_grant')
    const told = target.audited('auth_code.reused').slice(audited)
    assert.ok(told.length > 0 && told.every((detail) => detail.endsWith('verifier=valid')))
  })
}

test('CO-02 a replay without the verifier is refused, and ends nothing', async () => {
  const { form } = await target.code()
  const { access, refresh } = pairOf(await target.token(form))

  const replay = { ...form, code_verifier: wrongVerifier }
  await refused(target, () => target.token(replay), 'invalid_grant')
  const foreign = { ...form, client_id: 'pub2' }
  await refused(target, () => target.token(foreign), 'invalid_grant')

  assert.equal(await target.isActive(access), true)
  pairOf(await target.refresh(refresh))
})

test('CO-03 of fifty redemptions of one code at once at most one succeeds', async () => {
  const { form } = await target.code()
  const families = () => target.inline.rows('SELECT id FROM token_families').length
  const before = families()

  const answers = await Promise.all(Array.from({ length: 50 }, () => target.token(form)))

  const winners = answers.filter(({ status }) => status === 200)
  assert.equal(winners.length, 1)
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    assert.equal(answer.status, 400)
    assert.equal(jsonOf(answer)['error'], 'invalid_grant')
  }
  assert.equal(families(), before + 1)
  for (const winner of winners) {
    assert.equal(await target.isActive(pairOf(winner).access), false, 'the replays ended it')
  }
})

describe('CO-05 an expired code', () => {
  test('is refused from the end of its ten minutes on', async () => {
    const { form } = await target.code()
    target.clock.advance(600_000)

    await refused(target, () => target.token(form), 'invalid_grant')
  })

  test('control: it works until then', async () => {
    const code = await target.code()
    target.clock.advance(599_999)

    await isUnspent(code)
  })
})

test('CO-06 a code is of no use to another client, and is not spent by it', async () => {
  const code = await target.code()
  const secret = 'secret-of-conf'

  for (const change of [{ client_id: 'pub2' }, { client_id: 'conf', client_secret: secret }]) {
    await refused(target, () => target.token({ ...code.form, ...change }), 'invalid_client')
  }

  await isUnspent(code)
})

for (const [name, redirect_uri] of [
  ['another one', 'https://app.test/cb2'],
  ['none', null],
  ['one with a slash more', 'https://app.test/cb/'],
  ['one in other case', 'https://APP.test/cb'],
] as const) {
  test(`CO-07 a code with the wrong redirect URI (${name}) is refused, and not spent`, async () => {
    const code = await target.code()

    await refused(target, () => target.token({ ...code.form, redirect_uri }), 'invalid_grant')

    await isUnspent(code)
  })
}

test('CO-08 a code in the query is not read, and not spent', async () => {
  const code = await target.code()
  const { code: text, ...rest } = code.form
  const body = new URLSearchParams(rest).toString()
  const request = tokenRequest(body, {}).replace('/oauth/token', `/oauth/token?code=${text}`)

  await refused(target, () => target.send(request), 'invalid_request')

  await isUnspent(code)
})

describe('CO-09 a code that was changed is none:', () => {
  for (const [name, change] of [
    ['cut short', (code: string) => code.slice(0, -1)],
    ['longer', (code: string) => `${code}A`],
    ['padded', (code: string) => `${code}=`],
    ['with a blank', (code: string) => `${code} `],
    ['in upper case', (code: string) => code.toUpperCase()],
  ] as const) {
    test(name, async () => {
      const code = await target.code()
      const form = { ...code.form, code: change(code.code) }

      await refused(target, () => target.token(form), 'invalid_grant')

      await isUnspent(code)
    })
  }
})

describe('CO-10 a code whose basis is gone', () => {
  test('is refused once its user is disabled', async () => {
    const { form } = await target.code({ userId: 'dora' })
    await moveUserStatus(target.inline.services, operator, { id: 'dora', move: 'disable' })

    await refused(target, () => target.token(form), 'invalid_grant')
  })

  test('is refused once its user is deleted', async () => {
    const { form } = await target.code({ userId: 'emil' })
    await deleteUser(target.inline.services, operator, { id: 'emil', force: true })

    await refused(target, () => target.token(form), 'invalid_grant')
  })

  test('is refused once its client is suspended', async () => {
    const code = await target.code({ clientId: 'halted' })
    target.inline.execute("UPDATE clients SET status = 'suspended' WHERE id = 'halted'")

    await refused(target, () => target.token(code.form), 'invalid_client')

    target.inline.execute("UPDATE clients SET status = 'active' WHERE id = 'halted'")
    await isUnspent(code)
  })

  test('is refused once its consent is revoked', async () => {
    const { form } = await target.code({ userId: 'bob' })
    const [consent] = target.inline.rows(
      "SELECT id FROM consent_grants WHERE user_id = 'bob' AND client_id = 'pub'",
    )
    await revokeConsentGrant(target.inline.services, operator, String(consent?.['id']))

    await refused(target, () => target.token(form), 'invalid_grant')
  })
})

test('CO-11 a client that is not registered for codes gets nothing for one', async () => {
  const { form } = await target.code({ clientId: 'nocode' })

  await refused(target, () => target.token(form), 'unauthorized_client')
})

describe('CO-12 a refresh token', () => {
  test('is not part of the answer to a client that may not refresh', async () => {
    const { body } = await target.tokens({ clientId: 'norefresh' })

    assert.equal('refresh_token' in body, false)
  })

  test('control: it is for one that may', async () => {
    const { refresh } = await target.tokens()

    assert.match(refresh, /^[\w-]{43}$/)
  })
})

describe('CO-13 a code with the wrong resource', () => {
  for (const resource of [r2, 'https://nope.test', 'not-a-url', `${r1}/`, `${r1}#x`]) {
    test(`${resource} is refused, and not spent`, async () => {
      const code = await target.code()

      await refused(target, () => target.token({ ...code.form, resource }), 'invalid_target')

      await isUnspent(code)
    })
  }
})

test('CO-14 a scope at the token endpoint widens nothing', async () => {
  const { form } = await target.code()
  const { body, access } = pairOf(await target.token({ ...form, scope: 'tools/echo tools/query' }))

  assert.equal(body['scope'], 'tools/echo')
  const claims = Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()
  assert.equal(JSON.parse(claims).scope, 'tools/echo')
})

describe('CO-15 a nonce that is asked for', () => {
  let nonces: GrantTarget

  before(async () => {
    nonces = await startGrantTarget({ dpop: { ...testSettings({}).dpop, isNonceRequired: true } })
  })

  after(() => nonces.stop())

  test('spends no code, however often', async () => {
    const { form } = await nonces.code()
    const key = makeProofKey()
    for (let count = 0; count < 6; count += 1) {
      const ask = () => nonces.token(form, nonces.proofBy(key))
      const challenge = await refused(nonces, ask, 'use_dpop_nonce')
      assert.match(headerOf(challenge, 'dpop-nonce') ?? '', /^[\w-]{43}$/)
    }
    const first = await nonces.token(form, nonces.proofBy(key))
    const nonce = headerOf(first, 'dpop-nonce') ?? ''

    const { body } = pairOf(await nonces.token(form, nonces.proofBy(key, { nonce })))

    assert.equal(body['token_type'], 'DPoP')
  })
})
