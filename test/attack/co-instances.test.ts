// Attack catalogue, the rows of CO, RT, DP and RV about two instances on one database (spec 09):
// what one of them has spent or ended is spent and ended for the other, since storage has the last
// word. Each instance has actors, memory and a listener of its own.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { jsonOf, refused } from '../support/attack.ts'
import { makeProofKey } from '../support/dpop-client.ts'
import {
  type GrantTarget,
  grantOptions,
  grantTargetOver,
  pairOf,
  seedCatalogue,
} from '../support/grant-attack.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createInlineServices } from '../support/inline-services.ts'
import type { RawResponse } from '../support/raw-http.ts'
import { type Place, placeFor } from '../support/temporary-directory.ts'

let place: Place
let one: GrantTarget
let other: GrantTarget

before(async () => {
  place = placeFor(undefined, 'authserver-instances')
  const clock = createHandClock(Date.now())
  const options = { ...grantOptions(clock, {}), directory: place.path }
  const first = await createInlineServices(options)
  await seedCatalogue(first)
  one = await grantTargetOver(first, clock)
  other = await grantTargetOver(await createInlineServices(options), clock)
})

after(async () => {
  await one.stop()
  await other.stop()
  place.discard()
})

/** Fifty of a request, to the two instances in turns; returns those that succeeded. */
async function fifty(
  ask: (instance: GrantTarget) => Promise<RawResponse>,
): Promise<readonly RawResponse[]> {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => ask(index % 2 === 0 ? one : other)),
  )
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    assert.equal(answer.status, 400, answer.body)
    assert.equal(jsonOf(answer)['error'], 'invalid_grant')
  }
  return answers.filter(({ status }) => status === 200)
}

test('control: what one instance issues the other knows', async () => {
  const { access, refresh } = await one.tokens()
  assert.equal(await other.isActive(access), true)

  pairOf(await other.refresh(refresh))
})

test('CO-04 of fifty redemptions on two instances at most one succeeds', async () => {
  const { form } = await one.code()

  const winners = await fifty((instance) => instance.token(form))

  assert.equal(winners.length, 1)
  for (const winner of winners.map(pairOf)) {
    assert.equal(await one.isActive(winner.access), false)
    assert.equal(await other.isActive(winner.access), false)
  }
})

test('RT-03 of fifty refreshes on two instances one succeeds, and none survives', async () => {
  const { refresh } = await one.tokens()

  const winners = await fifty((instance) => instance.refresh(refresh))

  assert.equal(winners.length, 1)
  for (const winner of winners.map(pairOf)) {
    assert.equal(await other.isActive(winner.access), false)
    await refused(other, () => other.refresh(winner.refresh), 'invalid_grant')
  }
})

describe('DP-25 a proof that another instance has seen', () => {
  test('is refused, and spends nothing', async () => {
    const proof = one.proofBy(makeProofKey())
    await one.tokens({}, proof)
    const { form } = await other.code()

    await refused(other, () => other.token(form, proof), 'invalid_dpop_proof')

    pairOf(await other.token(form, other.proofBy(makeProofKey())))
  })
})
