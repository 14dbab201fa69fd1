// Order and containment: children start in list order, stop in reverse, and a failing start stops
// the start of those behind it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConnectedRef } from '../../../actors/runtime/actor-ref.ts'
import type { AnyChildSpec } from '../../../actors/runtime/child.ts'
import { defineActor, replied } from '../../../actors/runtime/define-actor.ts'
import { inlineTransport } from '../../../actors/runtime/inline-transport.ts'
import type { Ask } from '../../../actors/runtime/protocol.ts'
import { createSupervisor } from '../../../actors/runtime/supervisor.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLog } from '../../../src/base/telemetry.ts'

type NamedProtocol = { readonly name: Ask<Record<string, never>, { readonly name: string }> }

interface Deps {
  readonly name: string
  readonly events: string[]
  readonly fails: boolean
}

const named = defineActor<NamedProtocol>()({
  name: 'named',
  mailbox: { messagesMax: 4 },
  batch: { messagesMax: 4 },
  asyncMax: 1,
  start: async (deps: Deps) => {
    await new Promise((resolve) => setImmediate(resolve))
    if (deps.fails) throw new Error(`${deps.name} fails`)
    deps.events.push(`start ${deps.name}`)
    return deps
  },
  handlers: { name: { each: (deps) => replied({ name: deps.name }) } },
  stop: (deps) => {
    deps.events.push(`stop ${deps.name}`)
  },
})

function child(deps: Deps): AnyChildSpec {
  return {
    name: deps.name,
    instance: 0,
    ref: new ConnectedRef<NamedProtocol>({ name: deps.name, capacity: 4, clock: systemClock }),
    open: inlineTransport(named, { deps, clock: systemClock, carry: (frame) => frame }),
    restart: 'permanent',
    intensity: { restartsMax: 1, periodMs: 1000 },
    startMsMax: 1000,
    stopMsMax: 1000,
    hangMs: 800,
    onNotice: () => undefined,
    onRestarted: () => undefined,
  }
}

const supervise = () =>
  createSupervisor({ clock: systemClock, log: silentLog, giveUp: () => undefined })

describe('a supervisor', () => {
  it('starts children in list order and stops them in reverse', async () => {
    const events: string[] = []
    const supervisor = supervise()

    await supervisor.start(
      ['one', 'two', 'three'].map((name) => child({ name, events, fails: false })),
    )
    assert.ok(supervisor.isHealthy())
    await supervisor.stop()

    assert.deepEqual(events, [
      'start one',
      'start two',
      'start three',
      'stop three',
      'stop two',
      'stop one',
    ])
  })

  it('does not start what stands behind a child that cannot start', async () => {
    const events: string[] = []
    const supervisor = supervise()
    const specs = [
      child({ name: 'one', events, fails: false }),
      child({ name: 'two', events, fails: true }),
      child({ name: 'three', events, fails: false }),
    ]

    await assert.rejects(supervisor.start(specs), /two fails/)
    await supervisor.stop()

    assert.deepEqual(events, ['start one', 'stop one'])
  })
})
