// What is exported waits, travels in batches one at a time, and never without bound.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../../src/base/clock.ts'
import { type Batcher, createBatcher } from '../../../src/telemetry/batcher.ts'

interface Sending {
  readonly items: readonly number[]
  arrived(): void
  failed(error: Error): void
}

interface Fixture {
  readonly batcher: Batcher<number>
  readonly sent: readonly Sending[]
  readonly lost: readonly (readonly [count: number, error: unknown])[]
  /** Lets the oldest timer fire, and whatever follows from it. */
  tick(): Promise<void>
  readonly timers: () => number
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function makeBatcher(itemsMax: number): Fixture {
  const timers = new Set<() => void>()
  const sent: Sending[] = []
  const lost: [number, unknown][] = []
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    soon: (work) => void setImmediate(work),
    after: (_delayMs, work) => {
      timers.add(work)
      return () => void timers.delete(work)
    },
  }
  const batcher = createBatcher<number>({
    clock,
    itemsMax,
    batchItemsMax: 2,
    everyMs: 1000,
    send: (items) =>
      new Promise((arrived, failed) => {
        sent.push({ items, arrived, failed })
      }),
    onLost: (count, error) => lost.push([count, error]),
  })
  return {
    batcher,
    sent,
    lost,
    timers: () => timers.size,
    async tick() {
      const [first] = timers
      assert.ok(first !== undefined, 'somebody waits')
      timers.delete(first)
      first()
      await settled()
    },
  }
}

test('items wait for others and go in batches, one after another', async () => {
  const { batcher, sent, tick, timers } = makeBatcher(10)

  for (const item of [1, 2, 3]) batcher.add(item)
  assert.equal(sent.length, 0)
  await tick()
  assert.deepEqual(
    sent.map(({ items }) => items),
    [[1, 2]],
  )
  sent[0]?.arrived()
  await settled()
  assert.deepEqual(sent[1]?.items, [3])
  sent[1]?.arrived()
  await settled()
  assert.equal(timers(), 0)
})

test('what comes while batches travel waits for the next round', async () => {
  const { batcher, sent, tick } = makeBatcher(10)

  batcher.add(1)
  await tick()
  batcher.add(2)
  sent[0]?.arrived()
  await settled()
  assert.equal(sent.length, 1)
  await tick()

  assert.deepEqual(sent[1]?.items, [2])
})

test('what finds no room is lost and told', async () => {
  const { batcher, lost } = makeBatcher(2)

  for (const item of [1, 2, 3]) batcher.add(item)

  assert.equal(batcher.load(), 1)
  assert.deepEqual(lost, [[1, null]])
})

test('a batch that does not arrive is lost and told, and the next one goes', async () => {
  const { batcher, sent, lost, tick } = makeBatcher(10)
  const error = new Error('no collector')

  for (const item of [1, 2, 3]) batcher.add(item)
  await tick()
  sent[0]?.failed(error)
  await settled()

  assert.deepEqual(lost, [[2, error]])
  assert.deepEqual(sent[1]?.items, [3])
})

test('a stop sends what waits, after what is on its way', async () => {
  const { batcher, sent, lost, tick } = makeBatcher(10)

  batcher.add(1)
  await tick()
  batcher.add(2)
  const stopped = batcher.stop(5000)
  sent[0]?.arrived()
  await settled()
  assert.deepEqual(sent[1]?.items, [2])
  sent[1]?.arrived()
  await stopped

  assert.deepEqual(lost, [])
})

test('a stop waits no longer than it may, and tells what it leaves behind', async () => {
  const { batcher, lost, tick } = makeBatcher(10)

  for (const item of [1, 2, 3]) batcher.add(item)
  const stopped = batcher.stop(5000)
  await tick()
  await stopped

  assert.deepEqual(lost, [[1, null]])
})

test('after a stop nothing is taken', async () => {
  const { batcher, sent, lost } = makeBatcher(10)

  await batcher.stop(5000)
  batcher.add(1)

  assert.deepEqual(sent, [])
  assert.deepEqual(lost, [[1, null]])
})
