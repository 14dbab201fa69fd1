// Sharding: one key always reaches one instance, keys spread over all of them, and the fullest
// instance speaks for the whole.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActorRef, Ask } from '../../../actors/runtime/protocol.ts'
import { shardedRef, shardOf } from '../../../actors/runtime/shards.ts'

type KeyedProtocol = { readonly see: Ask<{ readonly key: string }, { readonly shard: number }> }

/** Refs that answer with their own number; the runtime's own refs are shown elsewhere. */
function refs(depths: readonly number[]): ActorRef<KeyedProtocol>[] {
  return depths.map((depth, shard) => ({
    name: 'keyed',
    ask: () => Promise.resolve({ ok: true, reply: { shard } } as never),
    tell: () => 'queued',
    load: () => ({ depth, capacity: 10, highWater: depth, settled: 0 }),
  }))
}

const keyOf = (_kind: string, request: unknown) => (request as { key: string }).key
const options = { deadlineMs: Number.MAX_VALUE, trace: null }

describe('a sharded ref', () => {
  it('sends one key to one instance', async () => {
    const ref = shardedRef(refs([0, 0, 0]), keyOf)

    for (const key of ['a', 'b', 'thumbprint']) {
      const outcomes = await Promise.all([1, 2, 3].map(() => ref.ask('see', { key }, options)))
      assert.equal(new Set(outcomes.map((outcome) => outcome.reply.shard)).size, 1)
    }
  })

  it('spreads keys over all instances', () => {
    const counts = [0, 0, 0, 0]
    for (let key = 0; key < 4000; key++) {
      const shard = shardOf(`key-${key}`, 4)
      counts[shard] = (counts[shard] ?? 0) + 1
    }

    assert.ok(counts.every((count) => count > 800 && count < 1200))
  })

  it('is as full as its fullest instance', () => {
    assert.equal(shardedRef(refs([1, 7, 3]), keyOf).load().depth, 7)
  })
})
