// A disk that runs full under a working server (decisions D15, D18; reliability: disk full): nobody
// gets a token without its row, the server says that it is not ready, and it works again by itself
// when there is space.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { mountSmallDisk, noSmallDisk, type SmallDisk } from './small-disk.ts'
import { type Answer, askOnce, seedLoad, startLoad, unlimited } from './token-load.ts'
import { assertAllStored, countStored } from './token-rows.ts'

test('a server whose disk is full', { skip: noSmallDisk }, async (t) => {
  let disk: SmallDisk
  let server: RunningServer
  const answers: Answer[] = []

  before(async () => {
    disk = mountSmallDisk(16)
    server = await startServer({ directory: disk.path, seed: seedLoad, environment: unlimited })
    const load = startLoad(server.port)
    await load.tokens(200)
    disk.fill()
    await load.saw(({ status }) => status === 503)
    await load.stop()
    answers.push(...load.answers)
  })
  after(async () => {
    await server.stop()
    disk.remove()
  })

  await t.test('answers 503 and says when to come again', async () => {
    const refused = await askOnce(server.port)

    assert.equal(refused.status, 503)
    assert.equal(refused.retryAfter, '1')
    assert.deepEqual(
      answers.filter(({ status }) => status !== 200 && status !== 503),
      [],
    )
  })

  await t.test('has given away no token without its rows', () => {
    assertAllStored(server, answers)
  })

  await t.test('keeps no row of a token that it did not give away', () => {
    assert.equal(countStored(server), answers.filter(({ status }) => status === 200).length)
  })

  await t.test('is alive, and soon not ready', async () => {
    assert.equal((await fetch(`${server.baseUrl}/livez`)).status, 200)
    // The last page of the log may still take the small commit of a health check, but no token:
    // clients that go on asking make it try again.
    assert.equal(await untilReady(server, 503, () => askOnce(server.port)), 503)
    assert.equal((await fetch(`${server.baseUrl}/health`)).status, 503)
  })

  await t.test('is ready again when space is freed, with nobody’s help', async () => {
    disk.free()

    assert.equal(await untilReady(server, 200, () => undefined), 200)
    const token = await askOnce(server.port)
    assert.equal(token.status, 200)
    assertAllStored(server, [...answers, token])
    assert.deepEqual(server.rows('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  })
})

/** The status of /ready when it is `wanted`, or after five seconds, with `work` in between. */
async function untilReady(
  { baseUrl }: RunningServer,
  wanted: number,
  work: () => unknown,
): Promise<number> {
  const deadlineMs = performance.now() + 5000
  for (;;) {
    await work()
    const { status } = await fetch(`${baseUrl}/ready`)
    if (status === wanted || performance.now() > deadlineMs) return status
  }
}
