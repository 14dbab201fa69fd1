// The failpoint between an actor's answer and the answer of its sender (reliability B.3).
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { armFault, createFaultBoard, type Fault } from '../../../actors/runtime/fault-board.ts'
import { faultyRef, respondPoint } from '../../../actors/runtime/faulty-ref.ts'
import { ActorError, type ActorRef } from '../../../actors/runtime/protocol.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { EchoProtocol } from '../../support/echo-actor.ts'
import { type EchoSystem, inlineEcho, startEcho, within } from '../../support/echo-child.ts'

/** Timers count whole milliseconds, rounded down, and may come one early. */
const timerSlackMs = 3

describe('a ref with a failpoint', () => {
  const board = createFaultBoard([respondPoint])
  let echo: EchoSystem
  let ref: ActorRef<EchoProtocol>

  beforeEach(async () => {
    echo = await startEcho(inlineEcho({ failStart: null }), {})
    ref = faultyRef(echo.ref, board, ['joinA'])
  })
  afterEach(() => echo.supervisor.stop())

  function arm(fault: Partial<Fault>): void {
    armFault(board, respondPoint, {
      fault: { kind: 'error', how: 'throw', delayMs: 0, ...fault },
      count: 1,
    })
  }

  const failsWith = (code: string) => (error: unknown) =>
    error instanceof ActorError && error.code === code

  it('strikes its own kinds only', async () => {
    arm({})

    assert.ok((await ref.ask('double', { n: 1 }, within(1000))).ok)
    await assert.rejects(ref.ask('joinA', { n: 1 }, within(1000)), failsWith('server-error'))
    assert.ok((await ref.ask('joinA', { n: 1 }, within(1000))).ok)
  })

  it('withholds an answer until the deadline of its ask when it hangs', async () => {
    arm({ kind: 'hang' })
    const options = within(80)

    await assert.rejects(ref.ask('joinA', { n: 1 }, options), failsWith('deadline-exceeded'))
    assert.ok(systemClock.monotonicMs() >= options.deadlineMs - timerSlackMs)
  })

  it('holds an answer back for as long as was asked for', async () => {
    arm({ kind: 'delay', delayMs: 60 })
    const startedMs = systemClock.monotonicMs()

    assert.ok((await ref.ask('joinA', { n: 1 }, within(1000))).ok)
    assert.ok(systemClock.monotonicMs() - startedMs >= 60 - timerSlackMs)
  })

  it('throws what is no refusal when it crashes', async () => {
    arm({ kind: 'crash' })

    await assert.rejects(ref.ask('joinA', { n: 1 }, within(1000)), {
      name: 'Error',
      message: 'a test asked for this crash',
    })
  })
})
