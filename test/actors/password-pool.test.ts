// The password pool as the server runs it: threads behind one ref, started when they are needed,
// with one bound for all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lazyTransport } from '../../actors/runtime/lazy-transport.ts'
import { createSupervisor } from '../../actors/runtime/supervisor.ts'
import { workerTransport } from '../../actors/runtime/worker-transport.ts'
import { systemClock as clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import { openPasswordPool } from '../../src/boot/password-pool.ts'
import { workerEntry } from '../../src/boot/worker-entry.ts'
import { loadConfig } from '../../src/config/load.ts'

async function startPool(environment: Record<string, string>) {
  const { config } = loadConfig({ path: null, environment })
  const { refs, ref } = openPasswordPool(config, clock)
  const supervisor = createSupervisor({ clock, log: silentLog, giveUp: () => undefined })
  await supervisor.start(
    refs.map((member, instance) => ({
      name: 'password-pool',
      instance,
      ref: member,
      open: lazyTransport(
        workerTransport({
          name: 'password-pool',
          entry: workerEntry('password-pool'),
          workerData: null,
          environment: {},
          memory: { oldSpaceMb: 32, youngSpaceMb: 4 },
        }),
        clock,
      ),
      restart: 'permanent' as const,
      intensity: { restartsMax: 5, periodMs: 1000 },
      startMsMax: 5000,
      stopMsMax: 5000,
      hangMs: 5000,
      onNotice: () => undefined,
      onRestarted: () => undefined,
    })),
  )
  const options = () => ({ deadlineMs: clock.monotonicMs() + 10_000, trace: null })
  return { ref, supervisor, options }
}

test('threads hash and check passwords', async () => {
  const { ref, supervisor, options } = await startPool({
    AUTHPLANE_ACTORS_CRYPTO_POOL_THREADS: '2',
  })

  const { reply } = await ref.ask('hashPassword', { password: 'a password' }, options())
  const checks = await Promise.all(
    ['a password', 'another'].map((password) =>
      ref.ask('verifyPassword', { password, hash: reply.hash }, options()),
    ),
  )

  assert.deepEqual(
    checks.map((outcome) => outcome.reply.isRight),
    [true, false],
  )
  const snapshots = await supervisor.snapshots()
  const counts = snapshots.map(({ messages }) =>
    messages.reduce((sum, { count }) => sum + count, 0),
  )
  assert.deepEqual(counts, [2, 1], 'the first thread took what the second was not needed for')
  await supervisor.stop()
})

test('what does not fit the queue is refused at once, and the rest is done', async () => {
  const { ref, supervisor, options } = await startPool({
    AUTHPLANE_ACTORS_CRYPTO_POOL_THREADS: '1',
    AUTHPLANE_ACTORS_CRYPTO_POOL_QUEUE_MAX: '4',
  })

  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, () =>
      ref.ask('verifyPassword', { password: 'x', hash: null }, options()),
    ),
  )

  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 5)
  const refusals = settled
    .filter((one) => one.status === 'rejected')
    .map(({ reason }) => reason.code)
  assert.deepEqual(new Set(refusals), new Set(['mailbox-full']))
  await supervisor.stop()
})
