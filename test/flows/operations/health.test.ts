// Readiness (spec 01 §4, decision B18): whether new work should come here.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ActorRef } from '../../../actors/runtime/protocol.ts'
import type { StorageProtocol } from '../../../actors/storage/protocol.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { createReadinessProbe } from '../../../src/flows/operations/health.ts'
import { createInlineServices } from '../../support/inline-services.ts'

/** A real storage actor behind a ref that counts pings, and a clock that a test moves. */
async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const { storage } = inline.services
  let aheadMs = 0
  let pings = 0
  let isHealthy = true
  const counting: ActorRef<StorageProtocol> = {
    name: storage.name,
    ask: (kind, request, options) => {
      pings += 1
      return storage.ask(kind, request, options)
    },
    tell: (kind, request) => storage.tell(kind, request),
    load: () => storage.load(),
  }
  const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
  return {
    stopStorage: () => inline.stopActor('storage'),
    pings: () => pings,
    wait: (ms: number) => {
      aheadMs += ms
    },
    makeUnhealthy: () => {
      isHealthy = false
    },
    probe: createReadinessProbe({ storage: counting, clock, isHealthy: () => isHealthy }),
  }
}

test('a server whose actors and database are up is ready', async (t) => {
  const { probe } = await start(t)

  assert.equal(await probe.isReady(), true)
  assert.equal(await probe.isDatabaseUp(1000), true)
  assert.equal(probe.isDraining(), false)
})

test('a good answer of the database counts for a second and no longer', async (t) => {
  const { probe, pings, wait } = await start(t)
  await probe.isReady()
  wait(900)
  await probe.isReady()
  assert.equal(pings(), 1)

  wait(200)
  await probe.isReady()

  assert.equal(pings(), 2)
})

test('a database that is gone is noticed when the last answer is a second old', async (t) => {
  const { probe, stopStorage, wait } = await start(t)
  await probe.isReady()
  await stopStorage()

  wait(1100)

  assert.equal(await probe.isReady(), false)
  assert.equal(await probe.isDatabaseUp(1000), false)
})

test('a bad answer is not kept: each probe asks again', async (t) => {
  const { probe, pings, stopStorage } = await start(t)
  await stopStorage()

  for (let probes = 0; probes < 3; probes += 1) assert.equal(await probe.isReady(), false)

  assert.equal(pings(), 3)
})

test('an actor that is down counts at once, whatever the database said', async (t) => {
  const { probe, makeUnhealthy } = await start(t)
  await probe.isReady()

  makeUnhealthy()

  assert.equal(await probe.isReady(), false)
})

test('a server that drains is not ready, although its database is up', async (t) => {
  const { probe } = await start(t)
  await probe.isReady()

  probe.startDraining()

  assert.equal(await probe.isReady(), false)
  assert.equal(probe.isDraining(), true)
  assert.equal(await probe.isDatabaseUp(1000), true)
})
