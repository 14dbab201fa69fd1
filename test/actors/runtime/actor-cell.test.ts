// What a cell does while its handlers are in flight: nothing, until one of them ends. Frames go to
// it and come from it without a supervisor, whose probes would be work too.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ConnectedRef } from '../../../actors/runtime/actor-ref.ts'
import type { Transport } from '../../../actors/runtime/frames.ts'
import { inlineTransport } from '../../../actors/runtime/inline-transport.ts'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import type { Clock } from '../../../src/base/clock.ts'
import { SimulatedTime } from '../../sim/simulated-clock.ts'
import { type EchoProtocol, echoActor, gates } from '../../support/echo-actor.ts'

/** Lets the turns pass in which frames are delivered. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a cell whose handlers are all in flight', () => {
  let time: SimulatedTime
  let clock: Clock
  let turnsWanted: number
  let ref: ConnectedRef<EchoProtocol>
  let transport: Transport

  beforeEach(async () => {
    time = new SimulatedTime()
    turnsWanted = 0
    clock = time.clockOf('cell', (work) => {
      turnsWanted += 1
      setImmediate(work)
    })
    ref = new ConnectedRef({ name: 'echo', capacity: 8, clock })
    const options = { deps: { failStart: null }, clock, carry: <Frame>(frame: Frame) => frame }
    transport = inlineTransport(
      echoActor,
      options,
    )({
      onFrame: (frame) => {
        if (frame.type === 'answers') ref.settle(frame.answers)
      },
      onExit: () => undefined,
    })
    ref.connect((messages) => transport.post({ type: 'messages', messages }))
    await turns(2)
  })
  afterEach(async () => {
    for (const open of gates.values()) open()
    // What waited begins now, and leaves a gate too.
    await turns(6)
    gates.clear()
  })

  /** As many as may be in flight, and one more; each with a key of its own. */
  const askFour = (): readonly Promise<unknown>[] =>
    [1000, 1000, 1000, 500].map((deadlineMs, index) => {
      const request = { key: `${index}`, order: `${index}` }
      return ref.ask('wait', request, { deadlineMs, trace: null })
    })

  it('wants no turn of the event loop', async () => {
    askFour()
    await turns(6)
    assert.deepEqual([...gates.keys()], ['0', '1', '2'])
    const wantedBefore = turnsWanted

    await turns(20)

    assert.equal(turnsWanted, wantedBefore)
  })

  it('wants none either when it was ended with work waiting', async () => {
    askFour()
    await turns(6)
    await transport.kill()
    gates.get('0')?.()
    await turns(6)
    const wantedBefore = turnsWanted

    await turns(20)

    assert.equal(turnsWanted, wantedBefore)
    assert.deepEqual([...gates.keys()], ['0', '1', '2'])
  })

  it('begins what waits when one of them ends', async () => {
    const [first] = askFour()
    await turns(6)

    gates.get('0')?.()
    await first
    await turns(6)

    assert.deepEqual([...gates.keys()], ['0', '1', '2', '3'])
  })

  it('does not begin what has become late behind them', async () => {
    const [first, , , late] = askFour()
    late?.catch(() => undefined)
    await turns(6)

    time.advanceTo(600)
    gates.get('0')?.()
    await first
    await turns(6)

    assert.deepEqual([...gates.keys()], ['0', '1', '2'])
    await assert.rejects(late ?? Promise.resolve(), (error) => {
      return error instanceof ActorError && /deadline-exceeded: not begun/.test(error.message)
    })
  })
})
