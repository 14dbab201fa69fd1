// An actor that is started by its first message: until then it looks ready and idle.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConnectedRef } from '../../../actors/runtime/actor-ref.ts'
import { defineActor, replied } from '../../../actors/runtime/define-actor.ts'
import type { OpenTransport } from '../../../actors/runtime/frames.ts'
import { inlineTransport } from '../../../actors/runtime/inline-transport.ts'
import { lazyTransport } from '../../../actors/runtime/lazy-transport.ts'
import type { Ask } from '../../../actors/runtime/protocol.ts'
import { createSupervisor } from '../../../actors/runtime/supervisor.ts'
import { systemClock as clock } from '../../../src/base/clock.ts'
import { silentLog } from '../../../src/base/telemetry.ts'

type NapProtocol = { readonly wake: Ask<Record<string, never>, { readonly starts: number }> }

interface Starts {
  count: number
  fails: boolean
}

const nap = defineActor<NapProtocol>()({
  name: 'nap',
  mailbox: { messagesMax: 8 },
  batch: { messagesMax: 1 },
  asyncMax: 1,
  start: (starts: Starts) => {
    starts.count += 1
    if (starts.fails) throw new Error('it cannot start')
    return starts
  },
  handlers: { wake: { each: ({ count }) => replied({ starts: count }) } },
  stop: () => undefined,
})

async function start(starts: Starts) {
  const ref = new ConnectedRef<NapProtocol>({ name: 'nap', capacity: 8, clock })
  const supervisor = createSupervisor({ clock, log: silentLog, giveUp: () => undefined })
  const open: OpenTransport = inlineTransport(nap, { deps: starts, clock, carry: (frame) => frame })
  await supervisor.start([
    {
      name: 'nap',
      instance: 0,
      ref,
      open: lazyTransport(open, clock),
      restart: 'permanent',
      intensity: { restartsMax: 5, periodMs: 1000 },
      startMsMax: 1000,
      stopMsMax: 1000,
      hangMs: 800,
      onNotice: () => undefined,
      onRestarted: () => undefined,
    },
  ])
  const ask = () => ref.ask('wake', {}, { deadlineMs: clock.monotonicMs() + 1000, trace: null })
  return { ref, supervisor, ask }
}

describe('a lazy actor', () => {
  it('is ready and tells its counts without having been started', async () => {
    const starts = { count: 0, fails: false }
    const { supervisor } = await start(starts)

    const [snapshot] = await supervisor.snapshots()

    assert.equal(supervisor.isHealthy(), true)
    assert.deepEqual(snapshot?.messages, [])
    assert.equal(starts.count, 0)
    await supervisor.stop()
    assert.equal(starts.count, 0)
  })

  it('is started once, by its first message, and answers it', async () => {
    const { supervisor, ask } = await start({ count: 0, fails: false })

    const outcomes = await Promise.all([ask(), ask(), ask()])

    assert.deepEqual(
      outcomes.map(({ reply }) => reply.starts),
      [1, 1, 1],
    )
    const [snapshot] = await supervisor.snapshots()
    assert.equal(snapshot?.messages[0]?.count, 3)
    await supervisor.stop()
  })

  it('fails the message that it could not be started for, and sleeps again', async () => {
    const starts = { count: 0, fails: true }
    const { supervisor, ask } = await start(starts)

    await assert.rejects(ask(), { code: 'actor-crashed' })
    starts.fails = false
    while (!supervisor.isHealthy()) await new Promise((resolve) => setImmediate(resolve))

    assert.equal((await ask()).reply.starts, 2)
    await supervisor.stop()
  })
})
