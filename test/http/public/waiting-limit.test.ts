// How many messages may wait at the rate of now (src/http/hooks/waiting-limit.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '../../../src/base/clock.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { createWaitingLimit } from '../../../src/http/hooks/waiting-limit.ts'

const stepMs = 50

/** The limit after each step of a load: what waits then, and what was answered during the step. */
function limitsOf(steps: readonly { readonly waiting: number; readonly answered: number }[]) {
  let nowMs = 0
  const clock: Clock = { ...systemClock, monotonicMs: () => nowMs }
  const mayWait = createWaitingLimit(clock)
  let settled = 0
  return steps.map(({ waiting, answered }) => {
    nowMs += stepMs
    settled += answered
    return mayWait({ waiting, settled })
  })
}

const busy = (answered: number) => ({ waiting: 500, answered })

describe('the number of messages that may wait', () => {
  test('has no limit while there is little work', () => {
    const idle = { waiting: limits.waitingMessagesMin - 1, answered: 3 }

    assert.deepEqual(limitsOf([idle, idle, idle]), [Infinity, Infinity, Infinity])
  })

  test('has none in the first moments of a burst, whose rate nobody knows', () => {
    assert.deepEqual(limitsOf([busy(0)]), [Infinity])
  })

  test('is what is answered within the time that a message may wait', () => {
    const perMs = 10
    const after = limitsOf([busy(0), busy(perMs * stepMs), busy(perMs * stepMs)])

    assert.equal(after.at(-1), perMs * limits.waitingMsMax)
  })

  test('falls to its lowest within half a second when nothing is answered any more', () => {
    const stalled = Array.from({ length: 10 }, () => busy(0))
    const after = limitsOf([busy(0), busy(1000), ...stalled])

    assert.ok((after.at(-1) ?? Infinity) < limits.waitingMessagesMin + 2)
  })

  test('rises again with the rate after a stall', () => {
    const after = limitsOf([
      ...Array.from({ length: 12 }, () => busy(0)),
      ...Array.from({ length: 10 }, () => ({ waiting: 64, answered: 20 * stepMs })),
    ])

    assert.ok((after.at(-1) ?? 0) > 0.99 * 20 * limits.waitingMsMax)
  })

  test('is not changed by a look within one step', () => {
    let nowMs = 0
    const clock: Clock = { ...systemClock, monotonicMs: () => nowMs }
    const mayWait = createWaitingLimit(clock)
    mayWait({ waiting: 500, settled: 0 })
    nowMs = stepMs - 1

    assert.equal(mayWait({ waiting: 500, settled: 1 }), Infinity)
  })
})
