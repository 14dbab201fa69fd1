// Attack catalogue, group RT with a window in which a refresh may be repeated (decision B3): what
// it forgives an honest client must not help a thief.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { refused } from '../support/attack.ts'
import { makeProofKey } from '../support/dpop-client.ts'
import {
  type GrantTarget,
  pairOf,
  startGrantTarget,
  strictTokens,
} from '../support/grant-attack.ts'
import { secretOf } from '../support/seed.ts'

const windowMs = 10_000
let target: GrantTarget

before(async () => {
  target = await startGrantTarget({ userTokens: { ...strictTokens, refreshGraceMs: windowMs } })
})

after(() => target.stop())

describe('RT-01 reuse, with a window', () => {
  test('control: within it the client is answered again, with a sibling', async () => {
    const { refresh } = await target.tokens()
    const first = pairOf(await target.refresh(refresh))
    target.clock.advance(windowMs - 1)
    const second = pairOf(await target.refresh(refresh))

    assert.notEqual(first.refresh, second.refresh)
    for (const { access } of [first, second]) assert.equal(await target.isActive(access), true)
    assert.equal(target.audited('token.refresh_retried').length, 1)
  })

  test('after it the family ends, with every sibling', async () => {
    const { refresh } = await target.tokens()
    const branches = [pairOf(await target.refresh(refresh)), pairOf(await target.refresh(refresh))]
    const leaves = await Promise.all(
      branches.map(async (branch) => pairOf(await target.refresh(branch.refresh))),
    )
    target.clock.advance(windowMs)

    await refused(target, () => target.refresh(refresh), 'invalid_grant')

    for (const pair of [...branches, ...leaves]) {
      assert.equal(await target.isActive(pair.access), false)
      await refused(target, () => target.refresh(pair.refresh), 'invalid_grant')
    }
  })

  test('the window is not prolonged by being used', async () => {
    const { refresh } = await target.tokens()
    pairOf(await target.refresh(refresh))
    target.clock.advance(windowMs / 2)
    pairOf(await target.refresh(refresh))
    target.clock.advance(windowMs / 2)

    await refused(target, () => target.refresh(refresh), 'invalid_grant')
  })
})

test('RT-02 of fifty uses at once, with a window, one and its siblings succeed', async () => {
  const { refresh } = await target.tokens()

  const answers = await Promise.all(Array.from({ length: 50 }, () => target.refresh(refresh)))

  const winners = answers.filter(({ status }) => status === 200)
  assert.equal(winners.length, 6, 'one rotation and five siblings')
  assert.ok(answers.every(({ status }) => status === 200 || status === 400))
  for (const winner of winners.map(pairOf)) {
    assert.equal(await target.isActive(winner.access), false, 'so many contenders are no retry')
  }
})

test('RT-05 within the window, too, another client gets nothing and ends nothing', async () => {
  const { refresh } = await target.tokens()
  const { access } = pairOf(await target.refresh(refresh))
  const others = [{ client_id: 'pub2' }, { client_id: 'conf', client_secret: secretOf('conf') }]

  for (const change of others) {
    await refused(target, () => target.refresh(refresh, change), 'invalid_client')
  }

  assert.equal(await target.isActive(access), true)
})

test('RT-10 the window does not outlive the token', async () => {
  const { refresh } = await target.tokens()
  target.clock.advance(strictTokens.refreshLifeSeconds * 1000 - 1000)
  const { access } = pairOf(await target.refresh(refresh))
  target.clock.advance(1000)

  await refused(target, () => target.refresh(refresh), 'invalid_grant')

  assert.equal(await target.isActive(access), true, 'an expired token is no sign of a theft')
})

describe('RT-17 a bound token within the window', () => {
  test('control: its key is answered again', async () => {
    const key = makeProofKey()
    const { refresh } = await target.tokens({}, target.proofBy(key))
    pairOf(await target.refresh(refresh, {}, target.proofBy(key)))

    pairOf(await target.refresh(refresh, {}, target.proofBy(key)))
  })

  for (const [name, thief] of [
    ['another key', makeProofKey()],
    ['no key', null],
  ] as const) {
    test(`with ${name} is in the wrong hands: the family ends`, async () => {
      const key = makeProofKey()
      const { refresh } = await target.tokens({}, target.proofBy(key))
      const second = pairOf(await target.refresh(refresh, {}, target.proofBy(key)))
      assert.equal(await target.isActive(second.access), true)

      const headers = () => (thief === null ? {} : target.proofBy(thief))
      await refused(target, () => target.refresh(refresh, {}, headers()), 'invalid_grant')

      assert.equal(await target.isActive(second.access), false)
      const use = () => target.refresh(second.refresh, {}, target.proofBy(key))
      await refused(target, use, 'invalid_grant')
    })
  }
})
