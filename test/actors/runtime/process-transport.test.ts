// The contract of an actor across a process of its own, and what only a process can do: end by a
// signal, be stopped by one, say what is no frame, outlive others.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { childrenOf, goneProcess } from '../../support/child-processes.ts'
import { type EchoSystem, processEcho, startEcho, within } from '../../support/echo-child.ts'

const openEcho = processEcho({ failStart: null }, './echo-process.ts')

async function withEcho(work: (echo: EchoSystem, pid: number) => Promise<void>): Promise<void> {
  const echo = await startEcho(openEcho, {})
  const [pid] = childrenOf(process.pid)
  assert.ok(pid !== undefined)
  try {
    await work(echo, pid)
  } finally {
    await echo.supervisor.stop()
  }
  assert.deepEqual(childrenOf(process.pid), [])
}

const isCrash = (error: unknown): boolean =>
  error instanceof ActorError && error.code === 'actor-crashed'

describe('an actor in a process of its own', () => {
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

  it('carries bytes, large and nested data unchanged', () =>
    withEcho(async ({ ref }) => {
      const value = { bytes: Buffer.of(0, 255, 7), list: [null, true, 'ü'], text: 'x'.repeat(1e6) }

      const outcome = await ref.ask('echo', { value }, within(5000))

      assert.deepEqual(outcome.reply.value, value)
    }))

  for (const how of ['bug', 'exit', 'spin', 'heap'] as const) {
    it(`is restarted after it ends by: ${how}`, () =>
      withEcho(async (echo) => {
        const restarted = echo.restarted()

        await assert.rejects(echo.ref.ask('fail', { how }, within(20_000)), isCrash)
        await restarted
        assert.ok((await echo.ref.ask('double', { n: 2 }, within(2000))).ok)
      }))
  }

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    it(`is restarted after ${signal}`, () =>
      withEcho(async (echo, pid) => {
        const restarted = echo.restarted()
        process.kill(pid, signal)

        await restarted
        await goneProcess(pid)
        assert.ok((await echo.ref.ask('double', { n: 2 }, within(2000))).ok)
      }))
  }

  it('is not ended by the signals that end a service', () =>
    withEcho(async (echo, pid) => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
        process.kill(pid, signal)
        assert.ok((await echo.ref.ask('double', { n: 2 }, within(2000))).ok)
      }
      assert.deepEqual(childrenOf(process.pid), [pid])
    }))

  it('is ended when it says what is no frame', async () => {
    const noise = processEcho({ failStart: null }, './noise-process.ts')

    // It would live on: only the transport can end it within the time of a test.
    await assert.rejects(
      startEcho(noise, { startMsMax: 600_000 }),
      /no frame: Error: a frame of 4294967295 bytes/,
    )
    assert.deepEqual(childrenOf(process.pid), [])
  })

  it('reports its counts and how busy it is', () =>
    withEcho(async (echo) => {
      await echo.supervisor.snapshots()
      const untilMs = performance.now() + 100
      while (performance.now() < untilMs) await echo.ref.ask('double', { n: 1 }, within(2000))

      const [snapshot] = await echo.supervisor.snapshots()

      assert.equal(snapshot?.messages[0]?.kind, 'double')
      assert.ok(snapshot.utilization > 0 && snapshot.utilization <= 1, `${snapshot.utilization}`)
    }))

  it('sees nothing of the environment of this one', () =>
    withEcho(async ({ ref }) => {
      const { reply } = await ref.ask('count', {}, within(2000))

      assert.deepEqual(reply.variables, [])
    }))

  it('fails a start that cannot succeed with its reason', async () => {
    const failing = processEcho({ failStart: 'no such disk' }, './echo-process.ts')

    await assert.rejects(startEcho(failing, {}), /no such disk/)
  })

  it('fails the start of code that is not there with the last words of the process', async () => {
    const missing = processEcho({ failStart: null }, './no-such-file.ts')

    await assert.rejects(startEcho(missing, {}), /ended by status 1[\s\S]*no-such-file/)
  })
})

it('a hanging actor does not outlive a parent that exits', async () => {
  const entry = join(import.meta.dirname, '../../support/leaving-process.ts')
  const parent = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(parent.stdout, 'data')
  const [status] = await once(parent, 'exit')

  assert.equal(status, 70)
  await goneProcess(Number(String(said)))
})
