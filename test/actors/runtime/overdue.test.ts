// An actor whose handler waits for what never comes: it answers every probe, and is ended
// nevertheless (architecture §4.4). In this thread with time of its own, and in a real worker.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { roundTrip } from '../../../actors/runtime/codec.ts'
import { inlineTransport } from '../../../actors/runtime/inline-transport.ts'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { RunningCalls } from '../../../actors/runtime/running-calls.ts'
import type { Envelope } from '../../../actors/runtime/waiting-line.ts'
import { delay, systemClock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { SimulatedTime } from '../../sim/simulated-clock.ts'
import { echoActor, gates } from '../../support/echo-actor.ts'
import { type EchoSystem, startEcho, within, workerEcho } from '../../support/echo-child.ts'

const deadlineMs = 1000
/** When it is known for certain that the handler of such an ask is overdue. */
const overdueMs = deadlineMs + limits.overdueMsMax

const isLate = (error: unknown): boolean =>
  error instanceof ActorError && error.code === 'deadline-exceeded'

describe('an inline actor with one handler at a time', () => {
  let time: SimulatedTime
  let echo: EchoSystem

  beforeEach(async () => {
    time = new SimulatedTime()
    const clock = time.clockOf('all', setImmediate)
    const oneAtATime = { ...echoActor, asyncMax: 1 }
    const options = { deps: { failStart: null }, clock, carry: roundTrip }
    echo = await startEcho(inlineTransport(oneAtATime, options), {}, clock)
  })
  afterEach(async () => {
    for (const open of gates.values()) open()
    await echo.supervisor.stop()
    gates.clear()
  })

  /** Lets time pass, timer by timer, with the frames that follow from each. */
  async function pass(ms: number): Promise<void> {
    const untilMs = time.elapsedMs + ms
    while (time.elapsedMs < untilMs) {
      time.advanceTo(Math.min(untilMs, time.nextDueMs() ?? untilMs))
      for (let due = time.takeDue(); due !== null; due = time.takeDue()) due.work()
      for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  function ask(order: string, withinMs = deadlineMs): Promise<unknown> {
    const options = { deadlineMs: time.elapsedMs + withinMs, trace: null }
    return echo.ref.ask('wait', { key: order, order }, options)
  }

  const hasEnded = (): boolean => echo.lines.includes('actor hangs and is ended')

  it('starts afresh when the handler never ends', async () => {
    const lost = assert.rejects(ask('lost'), isLate)
    await pass(overdueMs - limits.probeEveryMs)
    await lost
    assert.ok(!hasEnded())

    await pass(3 * limits.probeEveryMs)

    assert.ok(hasEnded())
    const counted = echo.ref.ask('count', {}, { deadlineMs: time.elapsedMs + 100, trace: null })
    await pass(50)
    assert.deepEqual((await counted).reply.began, [])
  })

  it('does not begin what waited behind a handler that ends after all', async () => {
    const lost = assert.rejects(ask('lost'), isLate)
    const behind = assert.rejects(ask('behind', 10 * overdueMs), /actor-crashed/)
    await pass(overdueMs + 3 * limits.probeEveryMs)
    await lost
    await behind

    gates.get('lost')?.()
    await pass(limits.probeEveryMs)

    assert.deepEqual([...gates.keys()], ['lost'])
  })

  it('tells its sender at the deadline, long before that', async () => {
    const lost = assert.rejects(ask('lost'), isLate)

    await pass(deadlineMs + 100)

    await lost
    assert.ok(echo.supervisor.isHealthy())
  })

  it('lives on when the handler is late and ends', async () => {
    const late = assert.rejects(ask('late'), isLate)
    await pass(overdueMs - limits.probeEveryMs)
    await late
    gates.get('late')?.()
    await pass(limits.overdueMsMax)

    assert.ok(!hasEnded())
    assert.equal(echo.ref.load().depth, 0)
  })

  it('lives on when each of many handlers is late and ends', async () => {
    for (const order of ['1', '2', '3', '4', '5', '6']) {
      const late = assert.rejects(ask(order), isLate)
      await pass(deadlineMs + limits.overdueMsMax / 2)
      await late
      gates.get(order)?.()
    }

    assert.ok(!hasEnded())
  })

  it('lives on when the machine has stood still', async () => {
    const late = assert.rejects(ask('late'), isLate)
    await pass(100)
    time.advanceTo(time.elapsedMs + 10 * overdueMs)
    await pass(limits.probeEveryMs)
    await late
    gates.get('late')?.()
    await pass(limits.overdueMsMax)

    assert.ok(!hasEnded())
  })
})

it('an actor in a worker thread starts afresh when a handler never ends', async () => {
  const echo = await startEcho(workerEcho({ failStart: null }), {})
  try {
    const restarted = echo.restarted()
    await assert.rejects(echo.ref.ask('wait', { key: 'k', order: 'lost' }, within(50)), isLate)
    assert.ok((await echo.ref.ask('double', { n: 2 }, within(2000))).ok)

    await Promise.race([restarted, delay(systemClock, 2 * limits.overdueMsMax)])

    assert.ok(echo.lines.includes('actor hangs and is ended'))
    const { reply } = await echo.ref.ask('count', {}, within(2000))
    assert.deepEqual(reply.began, [])
  } finally {
    await echo.supervisor.stop()
  }
})

describe('the calls that are running', () => {
  const envelope = (kind: string, deadline: number): Envelope => {
    return { id: 1, kind, deadlineMs: deadline, traceId: null, request: null, arrivedMs: 0 }
  }

  it('are overdue when the last of their senders has given up', () => {
    const running = new RunningCalls()
    running.begin([envelope('together', 100), envelope('together', 300)])

    assert.equal(running.probe(200), null)
    assert.deepEqual(running.probe(300), { kind: 'together', overdueProbes: 1 })
  })

  it('are told by the one that has been overdue for the most probes', () => {
    const running = new RunningCalls()
    const first = running.begin([envelope('first', 100)])
    running.begin([envelope('second', 200)])
    running.probe(150)

    assert.deepEqual(running.probe(250), { kind: 'first', overdueProbes: 2 })
    running.end(first)
    assert.deepEqual(running.probe(250), { kind: 'second', overdueProbes: 2 })
  })
})
