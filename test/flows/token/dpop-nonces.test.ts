// The nonce for answers, kept on the front for a slot (src/flows/token/dpop-nonces.ts, B53).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DpopReplayProtocol } from '../../../actors/dpop-replay/protocol.ts'
import type { ActorRef } from '../../../actors/runtime/protocol.ts'
import { createDpopNonces } from '../../../src/flows/token/dpop-nonces.ts'
import { handClock } from '../../actors/signer-harness.ts'

function setUp() {
  const clock = handClock()
  let asked = 0
  let isBroken = false
  const dpopReplay = {
    ask: async () => {
      asked += 1
      if (isBroken) throw new Error('broken')
      return { ok: true, reply: { nonce: `nonce-${asked}` } }
    },
  } as unknown as ActorRef<DpopReplayProtocol>
  const nonces = createDpopNonces({ dpopReplay, clock, lifeMs: 60_000 })
  return { clock, nonces, asked: () => asked, breakIt: () => (isBroken = true) }
}

test('is asked for once in a quarter of its life', async () => {
  const { clock, nonces, asked } = setUp()

  assert.equal(await nonces.current(), 'nonce-1')
  clock.advance(14_999)
  assert.equal(await nonces.current(), 'nonce-1')
  clock.advance(1)
  assert.equal(await nonces.current(), 'nonce-2')
  assert.equal(asked(), 2)
})

test('is asked for once by many who wait', async () => {
  const { nonces, asked } = setUp()

  const all = await Promise.all([nonces.current(), nonces.current(), nonces.current()])

  assert.deepEqual(new Set(all), new Set(['nonce-1']))
  assert.equal(asked(), 1)
})

test('that came with a proof is used without asking, from when it first came', async () => {
  const { clock, nonces, asked } = setUp()

  nonces.learn('a')
  clock.advance(10_000)
  nonces.learn('a')
  assert.equal(await nonces.current(), 'a')
  clock.advance(5000)
  assert.equal(await nonces.current(), 'nonce-1')
  assert.equal(asked(), 1)
})

test('is left out when none can be had, and asked for again the next time', async () => {
  const { nonces, asked, breakIt } = setUp()
  breakIt()

  assert.equal(await nonces.current(), null)
  assert.equal(await nonces.current(), null)
  assert.equal(asked(), 2)
})
