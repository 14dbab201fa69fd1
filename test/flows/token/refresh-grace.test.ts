// Refresh tokens that were spent, and those that are bound to a key (spec 01 §10.4, decisions B3,
// B7): when one is answered again, and when it ends its family.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { makeProofKey } from '../../support/dpop-client.ts'
import type { InlineOptions } from '../../support/inline-services.ts'
import { before as interrupt } from '../../support/interrupt.ts'
import { secretOf } from '../../support/seed.ts'
import { party, refreshForm, tokenCall } from '../../support/seed-grant.ts'
import {
  auditOf,
  claimsOf,
  confidentialId,
  countedOf,
  outcomeOf,
  proofAt,
  refreshTokenOf,
} from './grant-fixture.ts'
import { formOf, liveTokens, presentedState, startFamily, statusOf } from './refresh-fixture.ts'

const key = makeProofKey()
const otherKey = makeProofKey()
const strict: InlineOptions = {
  settings: {
    userTokens: { accessLifeSeconds: 900, refreshLifeSeconds: 604_800, refreshGraceMs: 0 },
  },
}

describe('a spent token', () => {
  test('is answered again within the window with a sibling, told as a retry', async (t) => {
    const fixture = await startFamily(t, {})
    const { services, clock, family } = fixture
    const call = tokenCall(formOf(fixture), {})
    const first = await issueToken(services, call)
    clock.advance(9999)

    const second = await issueToken(services, call)

    assert.notEqual(second.refresh_token, first.refresh_token)
    assert.deepEqual(presentedState(fixture), ['spent', 1])
    assert.deepEqual(countedOf(fixture), [['refreshTokenRetried']])
    const { jti } = await claimsOf(services, second.access_token)
    assert.deepEqual((await auditOf(fixture, 'token.refresh_')).at(-1), [
      'token.refresh_retried',
      party.userId,
      'mine',
      `family=${family.familyId} jti=${jti}`,
    ])
    for (const { refresh_token } of [first, second]) {
      const next = tokenCall(refreshForm(String(refresh_token), 'mine'), {})
      assert.equal(await outcomeOf(services, next), 'issued', 'both siblings live')
    }
  })

  test('is answered five times, and the sixth is a reuse', async (t) => {
    const fixture = await startFamily(t, {})
    const { services } = fixture
    const call = tokenCall(formOf(fixture), {})
    await issueToken(services, call)
    for (let count = 1; count <= 5; count += 1) {
      assert.equal(await outcomeOf(services, call), 'issued')
      assert.deepEqual(presentedState(fixture), ['spent', count])
    }
    assert.equal(statusOf(fixture), 'active')

    assert.equal(await outcomeOf(services, call), 'invalid_grant')

    assert.equal(statusOf(fixture), 'revoked')
    assert.equal(liveTokens(fixture), 0)
  })

  test('of twenty requests at once has six winners, and ends its family', async (t) => {
    const fixture = await startFamily(t, {})
    const call = tokenCall(formOf(fixture), {})

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => outcomeOf(fixture.services, call)),
    )

    assert.equal(outcomes.filter((outcome) => outcome === 'issued').length, 6)
    assert.equal(statusOf(fixture), 'revoked')
    assert.equal(liveTokens(fixture), 0)
  })

  test('after the window is a reuse, which ends the family', async (t) => {
    const fixture = await startFamily(t, {})
    const { services, clock } = fixture
    const call = tokenCall(formOf(fixture), {})
    await issueToken(services, call)
    clock.advance(10_000)

    assert.equal(await outcomeOf(services, call), 'invalid_grant')

    assert.equal(statusOf(fixture), 'revoked')
    assert.equal(liveTokens(fixture), 0)
    assert.deepEqual(countedOf(fixture), [
      ['refreshTokenReused'],
      ['tokensRevoked', 'family_revocation'],
    ])
  })

  test('is a reuse at once where there is no window', async (t) => {
    const fixture = await startFamily(t, { options: strict })
    const call = tokenCall(formOf(fixture), {})
    await issueToken(fixture.services, call)

    assert.equal(await outcomeOf(fixture.services, call), 'invalid_grant')

    assert.equal(statusOf(fixture), 'revoked')
  })

  test('that another request spends meanwhile is a reuse where there is no window', async (t) => {
    const fixture = await startFamily(t, { options: strict })
    const { services } = fixture
    const call = tokenCall(formOf(fixture), {})
    const storage = interrupt(services.storage, 'rotateRefreshToken', async () => {
      assert.equal(await outcomeOf(services, call), 'issued')
    })

    assert.equal(await outcomeOf({ ...services, storage }, call), 'invalid_grant')

    assert.equal(statusOf(fixture), 'revoked')
    assert.equal(liveTokens(fixture), 0)
  })

  for (const [what, windowMs] of [
    ['its window has passed', 10_000],
    ['there is no window', 0],
  ] as const) {
    test(`is not answered again because the clock went back after ${what}`, async (t) => {
      const fixture = await startFamily(t, windowMs === 0 ? { options: strict } : {})
      const { services, clock } = fixture
      const call = tokenCall(formOf(fixture), {})
      await issueToken(services, call)
      clock.advance(-60_000)

      assert.equal(await outcomeOf(services, call), 'invalid_grant')

      assert.equal(statusOf(fixture), 'revoked')
    })
  }

  test('is no reuse when whoever presents it is not its client', async (t) => {
    const fixture = await startFamily(t, { clientId: confidentialId })
    const { services, clock } = fixture
    const form = { client_secret: secretOf(confidentialId) }
    await issueToken(services, tokenCall(formOf(fixture), { form }))
    clock.advance(60_000)

    assert.equal(await outcomeOf(services, tokenCall(formOf(fixture), {})), 'invalid_client')

    assert.equal(statusOf(fixture), 'active')
  })

  test('that has expired is no reuse', async (t) => {
    const fixture = await startFamily(t, {})
    const { services, clock } = fixture
    const call = tokenCall(formOf(fixture), {})
    await issueToken(services, call)
    clock.advance(3_600_000)

    assert.equal(await outcomeOf(services, call), 'invalid_grant')

    assert.equal(statusOf(fixture), 'active')
  })

  test('keeps its grace when a retry is refused for another reason', async (t) => {
    const fixture = await startFamily(t, {})
    const { services } = fixture
    const call = tokenCall(formOf(fixture), {})
    await issueToken(services, call)

    const bad = tokenCall(formOf(fixture), { form: { scope: 'admin' } })
    assert.equal(await outcomeOf(services, bad), 'invalid_scope')

    assert.deepEqual(presentedState(fixture), ['spent', 0])
    assert.equal(await outcomeOf(services, call), 'issued')
  })
})

describe('a token bound to a key', () => {
  test('is refreshed with a proof of that key, and its successor is bound too', async (t) => {
    const fixture = await startFamily(t, { dpopJkt: key.jkt })
    const { services, inline } = fixture
    const proof = proofAt(fixture, key, 'one')

    const answer = await issueToken(services, tokenCall(formOf(fixture), { proof }))

    assert.equal(answer.token_type, 'DPoP')
    const keys = inline.rows('SELECT DISTINCT dpop_jkt FROM refresh_tokens')
    assert.deepEqual(keys, [{ dpop_jkt: key.jkt }])
    assert.deepEqual((await claimsOf(services, answer.access_token))['cnf'], { jkt: key.jkt })
  })

  test('is refused to another key, unspent, and that proof may be used again', async (t) => {
    const fixture = await startFamily(t, { dpopJkt: key.jkt })
    const { services } = fixture
    const wrong = tokenCall(formOf(fixture), { proof: proofAt(fixture, otherKey, 'one') })

    assert.equal(await outcomeOf(services, wrong), 'invalid_grant')
    assert.equal(await outcomeOf(services, wrong), 'invalid_grant', 'and not as a replayed proof')

    assert.deepEqual(presentedState(fixture), ['unspent', 0])
    assert.equal(statusOf(fixture), 'active')
  })

  for (const [what, wrongKey] of [
    ['another key', otherKey],
    ['no key', null],
  ] as const) {
    test(`that is spent is a reuse with ${what} within the window`, async (t) => {
      const fixture = await startFamily(t, { dpopJkt: key.jkt })
      const { services } = fixture
      await issueToken(
        services,
        tokenCall(formOf(fixture), { proof: proofAt(fixture, key, 'one') }),
      )
      const wrong = wrongKey === null ? {} : { proof: proofAt(fixture, wrongKey, 'two') }

      assert.equal(await outcomeOf(services, tokenCall(formOf(fixture), wrong)), 'invalid_grant')

      assert.equal(statusOf(fixture), 'revoked')
    })
  }

  test('is answered again within the window to its own key', async (t) => {
    const fixture = await startFamily(t, { dpopJkt: key.jkt })
    const { services } = fixture
    const callWith = (jti: string) =>
      tokenCall(formOf(fixture), { proof: proofAt(fixture, key, jti) })
    await issueToken(services, callWith('one'))

    assert.equal(await outcomeOf(services, callWith('one')), 'invalid_dpop_proof', 'a replay')
    assert.equal(await outcomeOf(services, callWith('two')), 'issued')
    assert.deepEqual(presentedState(fixture), ['spent', 1])
  })
})

describe('a token bound to no key', () => {
  test('of a public client is bound by the first refresh with a proof', async (t) => {
    const fixture = await startFamily(t, {})
    const { services } = fixture

    const answer = await issueToken(
      services,
      tokenCall(formOf(fixture), { proof: proofAt(fixture, key, 'one') }),
    )

    const next = refreshForm(refreshTokenOf(answer), 'mine')
    assert.equal(await outcomeOf(services, tokenCall(next, {})), 'invalid_grant')
    const proof = proofAt(fixture, key, 'two')
    assert.equal(await outcomeOf(services, tokenCall(next, { proof })), 'issued')
  })

  test('of a confidential client stays so, whatever keys it proves', async (t) => {
    const fixture = await startFamily(t, { clientId: confidentialId })
    const { services } = fixture
    const form = { client_secret: secretOf(confidentialId) }
    let token = fixture.family.refreshToken
    for (const [proofKey, jti] of [
      [key, 'one'],
      [otherKey, 'two'],
    ] as const) {
      const proof = proofAt(fixture, proofKey, jti)
      const call = tokenCall(refreshForm(token, confidentialId), { form, proof })
      const answer = await issueToken(services, call)
      assert.equal(answer.token_type, 'DPoP')
      token = refreshTokenOf(answer)
    }
    const bare = tokenCall(refreshForm(token, confidentialId), { form })

    assert.equal((await issueToken(services, bare)).token_type, 'Bearer')
  })
})
