// The machine's clock (src/base/clock.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Clock, delay, systemClock } from '../../../src/base/clock.ts'

test('wall-clock time is whole milliseconds since 1970', () => {
  const nowMs = systemClock.nowMs()

  assert.ok(Number.isInteger(nowMs))
  assert.ok(Math.abs(nowMs - Date.now()) < 1000)
})

test('monotonic time never goes back', () => {
  let last = systemClock.monotonicMs()
  for (let index = 0; index < 10_000; index += 1) {
    const next = systemClock.monotonicMs()
    assert.ok(next >= last)
    last = next
  }
})

test('monotonic time has one scale in all threads', async () => {
  const clockUrl = JSON.stringify(import.meta.resolve('../../../src/base/clock.ts'))
  const source = `
    import { parentPort } from 'node:worker_threads'
    const { systemClock } = await import(${clockUrl})
    parentPort.postMessage(systemClock.monotonicMs())`
  const startedMs = systemClock.monotonicMs()
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))

  const theirsMs = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })

  const endedMs = systemClock.monotonicMs()
  assert.ok(theirsMs >= startedMs - 1 && theirsMs <= endedMs + 1)
  await worker.terminate()
})

test('work is done once, not before its time', async () => {
  const startedMs = systemClock.monotonicMs()
  // `after` alone does not keep a process alive, so something else has to while the test waits.
  const keepAlive = setInterval(() => undefined, 1000)
  let calls = 0

  await new Promise<void>((resolve) => {
    systemClock.after(20, () => {
      calls += 1
      resolve()
    })
  })

  clearInterval(keepAlive)
  assert.ok(systemClock.monotonicMs() - startedMs >= 19)
  assert.equal(calls, 1)
})

test('cancelled work is not done, and cancelling again does nothing', async () => {
  const keepAlive = setInterval(() => undefined, 1000)
  let calls = 0
  const cancel = systemClock.after(5, () => {
    calls += 1
  })

  cancel()
  cancel()
  await new Promise<void>((resolve) => {
    systemClock.after(20, resolve)
  })

  clearInterval(keepAlive)
  assert.equal(calls, 0)
})

test('soon comes after what this turn still does', async () => {
  const order: string[] = []

  await new Promise<void>((resolve) => {
    systemClock.soon(() => {
      order.push('soon')
      resolve()
    })
    queueMicrotask(() => order.push('microtask'))
    order.push('now')
  })

  assert.deepEqual(order, ['now', 'microtask', 'soon'])
})

test('a delay is measured by the clock it is given', async () => {
  const asked: number[] = []
  const instant: Clock = {
    ...systemClock,
    after: (delayMs, work) => {
      asked.push(delayMs)
      work()
      return () => undefined
    },
  }

  await delay(instant, 3_600_000)

  assert.deepEqual(asked, [3_600_000])
})
