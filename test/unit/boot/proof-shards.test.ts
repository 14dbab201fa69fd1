// The threads that check DPoP proofs (src/boot/proof-shards.ts, spec 00 B49).
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import type { DpopReplayProtocol } from '../../../actors/dpop-replay/protocol.ts'
import type { ActorRef } from '../../../actors/runtime/protocol.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { openProofShards, proofShardsRef } from '../../../src/boot/proof-shards.ts'
import { makeProof, makeProofKey } from '../../support/dpop-client.ts'
import { checkOf } from '../../support/proof-actors.ts'
import { load } from '../config/sources.ts'

const shardsOf = (environment: Record<string, string>) =>
  openProofShards(load(null, environment).config, systemClock)

test('there are as many as the configuration says, each with its mailbox', () => {
  const { refs } = shardsOf({
    AUTHPLANE_ACTORS_DPOP_REPLAY_INSTANCES: '3',
    AUTHPLANE_ACTORS_DPOP_REPLAY_MAILBOX_MAX: '77',
  })

  assert.deepEqual(
    refs.map((ref) => ref.load().capacity),
    [77, 77, 77],
  )
})

test('there is one for four cores unless said, and at least one', () => {
  const count = Math.max(1, Math.floor(availableParallelism() / 4))

  assert.equal(shardsOf({}).refs.length, count)
})

/** A ref that only notes that it was asked. */
function noted(asked: number[], number: number): ActorRef<DpopReplayProtocol> {
  return {
    name: 'dpop-replay',
    ask: () => {
      asked.push(number)
      return new Promise<never>(() => undefined)
    },
    tell: () => {
      asked.push(number)
      return number === 1 ? 'mailbox-full' : 'queued'
    },
    load: () => ({ depth: number, capacity: 10, highWater: 0, settled: 0 }),
  }
}

test('the proofs of a key go to one of them, and those of many keys to all', () => {
  const asked: number[] = []
  const ref = proofShardsRef([0, 1, 2].map((number) => noted(asked, number)))
  const options = { deadlineMs: 0, trace: null }
  const seen = new Set<number>()

  for (let round = 0; round < 40; round += 1) {
    const key = makeProofKey()
    asked.length = 0
    for (let use = 0; use < 3; use += 1) {
      void ref.ask('checkProof', checkOf(makeProof(key, 'https://auth.test', {})), options)
    }
    assert.equal(new Set(asked).size, 1)
    seen.add(asked[0] ?? -1)
  }
  assert.deepEqual(seen, new Set([0, 1, 2]))
})

test('a text without a dot goes to one of them all the same', () => {
  const asked: number[] = []
  const ref = proofShardsRef([0, 1, 2].map((number) => noted(asked, number)))

  void ref.ask('checkProof', checkOf('rubbish'), { deadlineMs: 0, trace: null })

  assert.equal(asked.length, 1)
})

test('what goes back is told to all, and the first that refuses is the answer', () => {
  const asked: number[] = []
  const ref = proofShardsRef([0, 1, 2].map((number) => noted(asked, number)))

  assert.equal(ref.tell('releaseProof', { jkt: 'a', jti: 'b' }), 'mailbox-full')
  assert.deepEqual(asked, [0, 1, 2])
})

test('their load is that of the fullest', () => {
  const ref = proofShardsRef([0, 1, 2].map((number) => noted([], number)))

  assert.equal(ref.load().depth, 2)
})
