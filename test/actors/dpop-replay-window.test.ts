// The bounded memory of used proofs (actors/dpop-replay/replay-window.ts, spec 02 §6.5, 09 DP-28).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createReplayWindow } from '../../actors/dpop-replay/replay-window.ts'

test('a full window keeps what it has until it expires, and learns nothing more', () => {
  const window = createReplayWindow({ entriesMax: 3, keepMs: 100 })
  for (const key of ['a', 'b', 'c']) assert.equal(window.take(key, 0), true)

  assert.equal(window.take('d', 50), true, 'left to storage, which has the last word')
  assert.equal(window.size(), 3)
  for (const key of ['a', 'b', 'c']) assert.equal(window.take(key, 99), false)
  assert.equal(window.take('d', 100), true)
  assert.equal(window.size(), 1)
  assert.equal(window.take('d', 101), false)
})

test('a clock that is set back neither shortens nor reorders what is remembered', () => {
  const window = createReplayWindow({ entriesMax: 10, keepMs: 100 })
  assert.equal(window.take('a', 1000), true)
  assert.equal(window.take('b', 0), true)

  assert.equal(window.take('b', 99), false)
  assert.equal(window.take('b', 1099), false)
  assert.equal(window.take('a', 1100), true)
})

test('what is released may come again', () => {
  const window = createReplayWindow({ entriesMax: 2, keepMs: 100 })
  window.take('a', 0)
  window.release('a')
  window.release('never seen')

  assert.equal(window.size(), 0)
  assert.equal(window.take('a', 1), true)
})

test('no key is taken twice while it is kept, whatever the order of events', () => {
  const event = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    afterMs: fc.nat(30),
    isRelease: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const window = createReplayWindow({ entriesMax: 100, keepMs: 50 })
      const takenAtMs = new Map<string, number>()
      let nowMs = 0
      for (const { key, afterMs, isRelease } of events) {
        nowMs += afterMs
        if (isRelease) {
          window.release(key)
          takenAtMs.delete(key)
          continue
        }
        const isKept = nowMs < (takenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) + 50
        assert.equal(window.take(key, nowMs), !isKept)
        if (!isKept) takenAtMs.set(key, nowMs)
      }
    }),
  )
})

test('a window that turns over many times keeps neither more nor less than it should', () => {
  const window = createReplayWindow({ entriesMax: 5000, keepMs: 4000 })

  for (let nowMs = 0; nowMs < 50_000; nowMs += 1) {
    assert.equal(window.take(`key-${nowMs}`, nowMs), true)
    if (nowMs % 1000 === 999) {
      assert.equal(window.size(), Math.min(nowMs + 1, 4000))
      assert.equal(window.take(`key-${nowMs - 500}`, nowMs), false)
    }
  }
})
