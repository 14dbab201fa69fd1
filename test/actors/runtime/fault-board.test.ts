// Faults on a board, and an actor that suffers them, in this thread (spec 00 B27). What only a
// thread or a process can suffer is in test/e2e/faults.test.ts.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { roundTrip } from '../../../actors/runtime/codec.ts'
import {
  armFault,
  createFaultBoard,
  type Fault,
  type FaultBoard,
  takeFault,
} from '../../../actors/runtime/fault-board.ts'
import { withFaults } from '../../../actors/runtime/faulty.ts'
import { inlineTransport } from '../../../actors/runtime/inline-transport.ts'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { echoActor } from '../../support/echo-actor.ts'
import { type EchoSystem, startEcho, within } from '../../support/echo-child.ts'

const error: Fault = { kind: 'error', how: 'throw', delayMs: 0 }
const crash: Fault = { kind: 'crash', how: 'heap', delayMs: 0 }

describe('a fault board', () => {
  let board: FaultBoard

  beforeEach(() => {
    board = createFaultBoard(['message', 'commit.after'])
  })

  it('is empty at first', () => {
    assert.equal(takeFault(board, 'message', 1), null)
  })

  it('gives a fault as often as it was asked for, at its point only', () => {
    armFault(board, 'commit.after', { fault: error, count: 3 })

    assert.equal(takeFault(board, 'message', 1), null)
    assert.deepEqual(takeFault(board, 'commit.after', 2), { fault: error, struck: 2 })
    assert.deepEqual(takeFault(board, 'commit.after', 2), { fault: error, struck: 1 })
    assert.equal(takeFault(board, 'commit.after', 2), null)
  })

  it('counts a crash once for all messages of a call', () => {
    armFault(board, 'message', { fault: crash, count: 2 })

    assert.deepEqual(takeFault(board, 'message', 5), { fault: crash, struck: 1 })
    assert.deepEqual(takeFault(board, 'message', 5), { fault: crash, struck: 1 })
    assert.equal(takeFault(board, 'message', 5), null)
  })

  it('forgets what was asked for before, and all of it when nothing is asked for', () => {
    armFault(board, 'message', { fault: crash, count: 2 })
    armFault(board, 'message', { fault: { ...error, delayMs: 7 }, count: 1 })
    assert.equal(takeFault(board, 'message', 1)?.fault.delayMs, 7)
    armFault(board, 'message', { fault: crash, count: 2 })
    armFault(board, 'message', { fault: crash, count: 0 })

    assert.equal(takeFault(board, 'message', 1), null)
  })
})

describe('a definition', () => {
  it('stays the object that it was when there is no board', () => {
    assert.equal(withFaults(echoActor, { path: 'x' }, { bump: 'bump' }), echoActor)
  })
})

describe('an actor with a board', () => {
  let echo: EchoSystem
  let board: FaultBoard

  beforeEach(async () => {
    board = createFaultBoard(['message', 'bump.before', 'bump.after', 'join.before', 'join.after'])
    const definition = withFaults(echoActor, { faults: board }, { bump: 'bump', together: 'join' })
    const deps = { failStart: null }
    echo = await startEcho(
      inlineTransport(definition, { deps, clock: systemClock, carry: roundTrip }),
      {},
    )
  })
  afterEach(() => echo.supervisor.stop())

  const isServerError = (thrown: unknown): boolean =>
    thrown instanceof ActorError && thrown.code === 'server-error'

  async function doubles(...numbers: readonly number[]): Promise<readonly unknown[]> {
    const settled = await Promise.allSettled(
      numbers.map((n) => echo.ref.ask('double', { n }, within(1000))),
    )
    return settled.map((one) =>
      one.status === 'fulfilled' ? one.value.ok && one.value.reply.n : one.reason.code,
    )
  }

  it('answers as ever while nothing is asked for', async () => {
    assert.deepEqual(await doubles(1, 2, 3), [2, 4, 6])
    assert.deepEqual(await echo.ref.ask('double', { n: Number.NaN }, within(1000)), {
      ok: false,
      refusal: 'not-a-number',
    })
  })

  it('fails as many messages of a batch as were asked for, and answers the others', async () => {
    armFault(board, 'message', { fault: error, count: 2 })

    assert.deepEqual(await doubles(1, 2, 3), ['server-error', 'server-error', 6])
    assert.deepEqual(await doubles(1, 2), [2, 4])
  })

  it('fails single messages and whole batches', async () => {
    armFault(board, 'message', { fault: error, count: 1 })
    await assert.rejects(echo.ref.ask('echo', { value: 1 }, within(1000)), isServerError)
    armFault(board, 'message', { fault: error, count: 2 })

    assert.deepEqual(await doubles(1, 2), ['server-error', 'server-error'])
    assert.deepEqual((await echo.ref.ask('echo', { value: 1 }, within(1000))).reply, { value: 1 })
  })

  it('has not done what fails before a moment, and has done what fails after it', async () => {
    armFault(board, 'bump.before', { fault: error, count: 1 })
    echo.ref.tell('bump', { by: 1 })
    echo.ref.tell('bump', { by: 10 })
    assert.equal((await echo.ref.ask('count', {}, within(1000))).reply.counted, 10)
    armFault(board, 'bump.after', { fault: error, count: 1 })
    echo.ref.tell('bump', { by: 100 })

    assert.equal((await echo.ref.ask('count', {}, within(1000))).reply.counted, 110)
  })

  it('strikes the members of a group in their order', async () => {
    const join = () =>
      Promise.allSettled([
        echo.ref.ask('joinA', { n: 1 }, within(1000)),
        echo.ref.ask('joinB', { n: 2 }, within(1000)),
      ])
    armFault(board, 'join.before', { fault: error, count: 1 })
    const [notDone, alone] = await join()
    armFault(board, 'join.after', { fault: error, count: 1 })
    const [unknown, together] = await join()

    assert.deepEqual([notDone.status, unknown.status], ['rejected', 'rejected'])
    assert.ok(alone.status === 'fulfilled' && alone.value.reply.size === 1)
    assert.ok(together.status === 'fulfilled' && together.value.reply.size === 2)
  })

  it('lets messages wait as long as was asked for', async () => {
    armFault(board, 'message', { fault: { ...error, kind: 'delay', delayMs: 60 }, count: 1 })
    const startedMs = systemClock.monotonicMs()

    assert.deepEqual(await doubles(4), [8])
    assert.ok(systemClock.monotonicMs() - startedMs >= 59)
  })

  it('crashes as often as was asked for, although it is restarted each time', async () => {
    armFault(board, 'message', { fault: { ...crash, how: 'throw' }, count: 2 })

    for (let round = 0; round < 2; round += 1) {
      const restarted = echo.restarted()
      assert.deepEqual(await doubles(1), ['actor-crashed'])
      await restarted
    }
    assert.deepEqual(await doubles(1), [2])
  })
})
