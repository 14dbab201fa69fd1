// Attack catalogue, group PK at the token endpoint (spec 09, RFC 7636): whoever has a code has
// nothing without the verifier. What the authorize endpoint refuses is in another
// file of the group.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { refused } from '../support/attack.ts'
import { type GrantTarget, hashOf, pairOf, startGrantTarget } from '../support/grant-attack.ts'

let target: GrantTarget

before(async () => {
  target = await startGrantTarget({})
})

after(() => target.stop())

const wrongVerifier = 'w'.repeat(43)

test('control: a code with its verifier buys tokens', async () => {
  const { access } = await target.tokens()

  assert.equal(await target.isActive(access), true)
})

describe('PK-10 a code without the proof of its origin', () => {
  for (const [name, code_verifier] of [
    ['no verifier', null],
    ['an empty verifier', ''],
    ['a verifier that is too short', 'v'.repeat(42)],
    ['a verifier that is too long', 'v'.repeat(129)],
    ['a verifier of other characters', `${'v'.repeat(42)}+`],
  ] as const) {
    test(`is refused with ${name}, and not spent`, async () => {
      const { form } = await target.code()

      await refused(target, () => target.token({ ...form, code_verifier }), 'invalid_grant')

      pairOf(await target.token(form))
    })
  }

  for (const code_verifier of ['v'.repeat(42), 'v'.repeat(129), `${'v'.repeat(42)} `]) {
    const { length } = code_verifier
    test(`is refused with the right verifier when that is malformed: ${length}`, async () => {
      const { form, code } = await target.code()
      target.inline.execute(`UPDATE auth_sessions SET code_challenge = '${hashOf(code_verifier)}'
        WHERE code_hash = '${hashOf(code)}'`)

      await refused(target, () => target.token({ ...form, code_verifier }), 'invalid_grant')
    })
  }

  test('control: with a well-formed one the same way of asking is accepted', async () => {
    const { form, code } = await target.code()
    const code_verifier = '~'.repeat(128)
    target.inline.execute(`UPDATE auth_sessions SET code_challenge = '${hashOf(code_verifier)}'
      WHERE code_hash = '${hashOf(code)}'`)

    pairOf(await target.token({ ...form, code_verifier }))
  })

  test('is refused when the verifier is the challenge itself', async () => {
    const { form } = await target.code()
    const [row] = target.inline.rows(
      'SELECT code_challenge FROM auth_sessions ORDER BY rowid DESC LIMIT 1',
    )
    const code_verifier = String(row?.['code_challenge'])

    await refused(target, () => target.token({ ...form, code_verifier }), 'invalid_grant')

    pairOf(await target.token(form))
  })

  test('is refused whatever method the request names', async () => {
    const { form } = await target.code()
    const asked = { ...form, code_verifier: wrongVerifier, code_challenge_method: 'plain' }
    const challenge = { ...asked, code_challenge: wrongVerifier }

    await refused(target, () => target.token(challenge), 'invalid_grant')

    pairOf(await target.token(form))
  })

  test('is refused for a confidential client that proves its secret', async () => {
    const { form } = await target.code({ clientId: 'conf' })

    await refused(target, () => target.token({ ...form, code_verifier: null }), 'invalid_grant')

    pairOf(await target.token(form))
  })
})

test('PK-11 an injected code does not spend the code of its owner', async () => {
  const victim = await target.code()
  const attacker = await target.code({ userId: 'bob' })
  const code_verifier = attacker.form['code_verifier']

  await refused(target, () => target.token({ ...victim.form, code_verifier }), 'invalid_grant')

  const { access } = pairOf(await target.token(victim.form))
  assert.equal(await target.isActive(access), true)
})

describe('PK-12 guessing of the verifier', () => {
  test('ends with the fifth wrong one: the code is dead, and nothing was issued', async () => {
    const { form } = await target.code()
    const guess = () => target.token({ ...form, code_verifier: wrongVerifier })
    for (let count = 0; count < 20; count += 1) await refused(target, guess, 'invalid_grant')

    await refused(target, () => target.token(form), 'invalid_grant')
  })

  test('control: four wrong ones leave it alive', async () => {
    const { form } = await target.code()
    for (let count = 0; count < 4; count += 1) {
      const answer = await target.token({ ...form, code_verifier: wrongVerifier })
      assert.equal(answer.status, 400)
    }

    pairOf(await target.token(form))
  })
})
