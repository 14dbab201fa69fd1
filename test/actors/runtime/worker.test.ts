// The same contract across a real worker thread, and what only a thread can do: exit, hang, exhaust
// its heap.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { type EchoSystem, startEcho, within, workerEcho } from '../../support/echo-child.ts'

async function withEcho(work: (echo: EchoSystem) => Promise<void>): Promise<void> {
  const echo = await startEcho(workerEcho({ failStart: null }), {})
  try {
    await work(echo)
  } finally {
    await echo.supervisor.stop()
  }
}

describe('an actor in a worker thread', () => {
  it('answers many asks, each its own', () =>
    withEcho(async ({ ref }) => {
      for (let round = 0; round < 50; round++) {
        const outcomes = await Promise.all(
          [0, 1, 2, 3, 4, 5].map((n) => ref.ask('double', { n: round + n }, within(2000))),
        )
        assert.deepEqual(
          outcomes.map((outcome) => outcome.ok && outcome.reply.n),
          [0, 1, 2, 3, 4, 5].map((n) => (round + n) * 2),
        )
      }
    }))

  it('carries bytes and nested data unchanged', () =>
    withEcho(async ({ ref }) => {
      const value = { bytes: Uint8Array.of(0, 255, 7), list: [null, true, 'ü'] }

      const outcome = await ref.ask('echo', { value }, within(2000))

      assert.deepEqual(outcome.reply.value, value)
    }))

  for (const how of ['bug', 'exit', 'spin', 'heap'] as const) {
    it(`is restarted after it ends by: ${how}`, () =>
      withEcho(async (echo) => {
        const restarted = echo.restarted()

        await assert.rejects(
          echo.ref.ask('fail', { how }, within(20_000)),
          (error: unknown) => error instanceof ActorError && error.code === 'actor-crashed',
        )
        await restarted
        assert.ok((await echo.ref.ask('double', { n: 2 }, within(2000))).ok)
        const [snapshot] = await echo.supervisor.snapshots()
        assert.equal(snapshot?.restarts, 1)
      }))
  }

  it('does not take a stall of its sender for a hang', () =>
    withEcho(async (echo) => {
      const until = performance.now() + 1200
      while (performance.now() < until); // the probe interval is 200 ms, the limit 400 ms

      assert.ok((await echo.ref.ask('double', { n: 2 }, within(2000))).ok)
      assert.ok(!echo.lines.includes('actor crashed'))
    }))

  it('reports its counts and load', () =>
    withEcho(async (echo) => {
      await echo.ref.ask('double', { n: 1 }, within(2000))
      await echo.ref.ask('double', { n: Number.NaN }, within(2000))

      const [snapshot] = await echo.supervisor.snapshots()

      assert.deepEqual(snapshot?.messages, [
        { kind: 'double', outcome: 'reply', count: 1 },
        { kind: 'double', outcome: 'refusal', count: 1 },
      ])
      assert.equal(snapshot?.capacity, 8)
      assert.equal(
        snapshot?.handlers.reduce((sum, { seconds }) => sum + seconds.count, 0),
        2,
      )
    }))

  it('sees nothing of the environment of the process', async () => {
    process.env['AUTHSERVER_TEST_SECRET'] = 'do-not-leak'
    try {
      await withEcho(async (echo) => {
        const { reply } = await echo.ref.ask('count', {}, within(2000))
        assert.deepEqual(reply.variables, [])
      })
    } finally {
      delete process.env['AUTHSERVER_TEST_SECRET']
    }
  })

  it('fails a start that cannot succeed with its reason', async () => {
    await assert.rejects(startEcho(workerEcho({ failStart: 'no such disk' }), {}), /no such disk/)
  })
})
