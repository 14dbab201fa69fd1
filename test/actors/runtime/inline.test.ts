// The runtime's contract, shown with an actor in this thread whose frames all go through the codec.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { gates } from '../../support/echo-actor.ts'
import { type EchoSystem, inlineEcho, startEcho, within } from '../../support/echo-child.ts'

const isActorError = (code: string) => (error: unknown) =>
  error instanceof ActorError && error.code === code

/** Lets the turns pass in which frames are delivered. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('an inline actor', () => {
  let echo: EchoSystem

  beforeEach(async () => {
    echo = await startEcho(inlineEcho({ failStart: null }), {})
  })
  afterEach(() => {
    for (const open of gates.values()) open()
    return echo.supervisor.stop()
  })

  it('answers an ask with its reply', async () => {
    const outcome = await echo.ref.ask('echo', { value: { deep: [1, 'two', null] } }, within(1000))

    assert.deepEqual(outcome, { ok: true, reply: { value: { deep: [1, 'two', null] } } })
  })

  it('answers a refusal as a value', async () => {
    const outcome = await echo.ref.ask('double', { n: Number.NaN }, within(1000))

    assert.deepEqual(outcome, { ok: false, refusal: 'not-a-number' })
  })

  it('hands messages of one kind that wait together to the batch handler, in order', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => echo.ref.ask('double', { n }, within(1000))),
    )

    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.reply.n),
      [2, 4, 6, 8, 10],
    )
    const [snapshot] = await echo.supervisor.snapshots()
    assert.equal(snapshot?.batchSize.count, 2)
    assert.equal(snapshot?.batchSize.sum, 5)
  })

  it('runs kinds of one group together, up to its bound', async () => {
    const outcomes = await Promise.all([
      echo.ref.ask('joinA', { n: 1 }, within(1000)),
      echo.ref.ask('joinB', { n: 2 }, within(1000)),
      echo.ref.ask('joinA', { n: 3 }, within(1000)),
      echo.ref.ask('joinB', { n: 4 }, within(1000)),
    ])

    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.reply.size),
      [3, 3, 3, 1],
    )
  })

  it('refuses at once when the mailbox is full, until there is room again', async () => {
    const asked = Array.from({ length: 8 }, (_, n) => echo.ref.ask('double', { n }, within(1000)))

    await assert.rejects(
      echo.ref.ask('double', { n: 9 }, within(1000)),
      isActorError('mailbox-full'),
    )
    assert.equal(echo.ref.tell('bump', { by: 1 }), 'mailbox-full')
    await Promise.all(asked)
    assert.equal(echo.ref.load().depth, 0)
    assert.equal(echo.ref.load().highWater, 8)
    assert.ok((await echo.ref.ask('double', { n: 9 }, within(1000))).ok)
  })

  it('counts a tell until it was handled', async () => {
    assert.equal(echo.ref.tell('bump', { by: 2 }), 'queued')
    assert.equal(echo.ref.load().depth, 1)

    const outcome = await echo.ref.ask('count', {}, within(1000))

    assert.equal(outcome.reply.counted, 2)
    assert.equal(echo.ref.load().depth, 0)
  })

  it('does not begin work whose deadline has passed', async () => {
    const late = echo.ref.ask('wait', { key: 'k', order: 'late' }, within(-1))

    await assert.rejects(late, isActorError('deadline-exceeded'))
    const { reply } = await echo.ref.ask('count', {}, within(1000))
    assert.deepEqual(reply.began, [])
  })

  it('gives up at the deadline, and keeps the place filled until the answer', async () => {
    const slow = echo.ref.ask('wait', { key: 'k', order: 'slow' }, within(30))

    await assert.rejects(slow, isActorError('deadline-exceeded'))
    assert.equal(echo.ref.load().depth, 1)
    gates.get('slow')?.()
    await turns(4)
    assert.equal(echo.ref.load().depth, 0)
  })

  it('runs several handlers at once, but those of one key one after another', async () => {
    const asked = [
      echo.ref.ask('wait', { key: 'a', order: 'a1' }, within(1000)),
      echo.ref.ask('wait', { key: 'a', order: 'a2' }, within(1000)),
      echo.ref.ask('wait', { key: 'b', order: 'b1' }, within(1000)),
    ]
    await turns(6)

    assert.deepEqual([...gates.keys()], ['a1', 'b1'])
    gates.get('a1')?.()
    await turns(6)
    assert.deepEqual([...gates.keys()], ['a1', 'b1', 'a2'])
    gates.get('b1')?.()
    gates.get('a2')?.()
    const outcomes = await Promise.all(asked)
    assert.deepEqual(
      outcomes.map((outcome) => outcome.reply.order),
      ['a1', 'a2', 'b1'],
    )
  })

  it('fails one message when a dependency fails, and lives on', async () => {
    await assert.rejects(
      echo.ref.ask('fail', { how: 'outage' }, within(1000)),
      isActorError('server-error'),
    )

    assert.ok((await echo.ref.ask('double', { n: 1 }, within(1000))).ok)
    assert.ok(echo.lines.includes('actor operation failed'))
  })

  it('starts afresh after a bug, and everything in flight fails', async () => {
    echo.ref.tell('bump', { by: 5 })
    const restarted = echo.restarted()
    const waiting = echo.ref.ask('wait', { key: 'k', order: 'lost' }, within(5000))
    const bug = echo.ref.ask('fail', { how: 'bug' }, within(1000))

    await assert.rejects(bug, isActorError('actor-crashed'))
    await assert.rejects(waiting, isActorError('actor-crashed'))
    await assert.rejects(echo.ref.ask('count', {}, within(1000)), isActorError('actor-crashed'))
    await restarted
    const { reply } = await echo.ref.ask('count', {}, within(1000))
    assert.equal(reply.counted, 0)
  })

  it('gives up when crashes exceed the restart intensity', async () => {
    for (let crash = 0; crash < 3; crash++) {
      const restarted = echo.restarted()
      await assert.rejects(
        echo.ref.ask('fail', { how: 'bug' }, within(1000)),
        isActorError('actor-crashed'),
      )
      if (crash < 2) await restarted
    }

    assert.equal(await echo.gaveUp, 'echo')
    await assert.rejects(echo.ref.ask('count', {}, within(1000)), isActorError('actor-crashed'))
  })

  it('finishes what it began and what waits before it stops', async () => {
    const begun = echo.ref.ask('wait', { key: 'k', order: 'open' }, within(1000))
    await turns(4)
    const waiting = echo.ref.ask('double', { n: 4 }, within(1000))
    const stopped = echo.supervisor.stop()
    await turns(4)
    gates.get('open')?.()

    assert.equal((await begun).reply.order, 'open')
    assert.ok((await waiting).ok)
    await stopped
    await assert.rejects(echo.ref.ask('count', {}, within(1000)), isActorError('actor-stopped'))
    assert.equal(echo.ref.tell('bump', { by: 1 }), 'stopped')
  })

  it('passes notices and log lines on', () => {
    assert.deepEqual(echo.notices, [{ started: 'echo' }])
    assert.deepEqual(echo.lines, ['echo started'])
  })

  it('does not start when its start fails, and says why', async () => {
    await assert.rejects(
      startEcho(inlineEcho({ failStart: 'no database' }), {}),
      /^Error: no database$/,
    )
  })
})
