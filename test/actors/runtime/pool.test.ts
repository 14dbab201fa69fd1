// A pool of equal instances: whoever has least to do is next, and one bound holds for all.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pooledRef } from '../../../actors/runtime/pool.ts'
import type { ActorRef, Ask, Tell } from '../../../actors/runtime/protocol.ts'

type WorkProtocol = {
  readonly work: Ask<Record<string, never>, { readonly member: number }>
  readonly note: Tell<Record<string, never>>
}

/** Refs that answer with their own number; the runtime's own refs are shown elsewhere. */
function refs(depths: readonly number[]): ActorRef<WorkProtocol>[] {
  return depths.map((depth, member) => ({
    name: 'pool',
    ask: () => Promise.resolve({ ok: true, reply: { member } } as never),
    tell: () => 'queued',
    load: () => ({ depth, capacity: 10, highWater: depth, settled: member }),
  }))
}

const options = { deadlineMs: Number.MAX_VALUE, trace: null }

describe('a pooled ref', () => {
  it('asks the instance that has least to do', async () => {
    const outcome = await pooledRef(refs([3, 1, 2]), 20).ask('work', {}, options)

    assert.equal(outcome.reply.member, 1)
  })

  it('keeps to the first of those that have equally little to do', async () => {
    const outcome = await pooledRef(refs([1, 0, 0]), 20).ask('work', {}, options)

    assert.equal(outcome.reply.member, 1)
  })

  it('refuses at once when all together hold as much as allowed', async () => {
    const ref = pooledRef(refs([2, 2, 1]), 5)

    await assert.rejects(ref.ask('work', {}, options), { code: 'mailbox-full', actor: 'pool' })
    assert.equal(ref.tell('note', {}), 'mailbox-full')
  })

  it('takes one more below its bound', async () => {
    const ref = pooledRef(refs([2, 1, 1]), 5)

    assert.equal((await ref.ask('work', {}, options)).reply.member, 1)
    assert.equal(ref.tell('note', {}), 'queued')
    assert.deepEqual(ref.load(), { depth: 4, capacity: 5, highWater: 5, settled: 3 })
  })
})
