// What clients see of an actor that crashes, hangs or cannot be restarted (decisions D15, B21,
// architecture §4.4): the process lives, requests meanwhile are told to come again, and soon all is
// well.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { askOnce, type Load, seedLoad, startLoad, unlimited } from './token-load.ts'
import { assertAllStored } from './token-rows.ts'

const backMsMax = 1000

/** Fails unless every answer is a token, or a refusal that says when to come again. */
function assertHonest({ answers, failures }: Load): void {
  const others = answers.filter(({ status, jwt }) => !(status === 200 && jwt !== null))
  assert.deepEqual(failures, [])
  assert.deepEqual(
    others.filter(({ status, retryAfter, jwt }) => !(status === 503 && retryAfter === '1' && !jwt)),
    [],
  )
}

/** Waits until `worker` is restarted and a token was issued; how long refusals came, in ms. */
async function outageOf(worker: string, server: RunningServer, load: Load): Promise<number> {
  const start = await load.saw(({ status }) => status === 503)
  await server.logContains(`"actor":"${worker}","duration_ms"`)
  const restartedMs = performance.now()
  await load.saw(({ status, atMs }) => status === 200 && atMs > restartedMs)
  const last = load.answers.findLast(({ status }) => status === 503)
  return (last?.atMs ?? 0) - start.atMs
}

async function statusOf(server: RunningServer, path: string): Promise<number> {
  const response = await fetch(server.baseUrl + path)
  await response.arrayBuffer()
  return response.status
}

describe('a worker thread that is ended from outside', () => {
  let server: RunningServer
  const workers = ['storage', 'signer', 'checkpointer']

  before(async () => {
    server = await startServer({
      seed: seedLoad,
      environment: {
        ...unlimited,
        NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'end-worker.ts'))}`,
        TEST_WORKERS_TO_END: workers.join(','),
      },
    })
  })
  after(() => server.stop())

  for (const worker of ['storage', 'signer']) {
    test(`${worker}: requests are told to come again, within a second all is well`, async () => {
      const load = startLoad(server.port)
      await load.tokens(200)
      server.signal('SIGUSR2')
      const lastedMs = await outageOf(worker, server, load)
      await load.stop()

      assert.ok(lastedMs <= backMsMax, `out of order for ${Math.round(lastedMs)} ms`)
      assertHonest(load)
      assertAllStored(server, load.answers)
      assert.equal(await statusOf(server, '/ready'), 200)
    })
  }

  test('checkpointer: no request notices', async () => {
    const load = startLoad(server.port)
    await load.tokens(200)
    server.signal('SIGUSR2')
    await server.logContains('"actor":"checkpointer","duration_ms"')
    await load.stop()

    assertHonest(load)
    assert.equal(load.answers.filter(({ status }) => status !== 200).length, 0)
  })
})

describe('a storage actor that meets a database it does not know', () => {
  let server: RunningServer

  before(async () => {
    server = await startServer({ seed: seedLoad, environment: unlimited })
  })
  after(() => server.stop())

  test('crashes, is restarted, and works when the database is whole again', async () => {
    const load = startLoad(server.port)
    await load.tokens(200)
    server.execute('ALTER TABLE clients RENAME TO hidden_clients')
    await load.saw(({ status }) => status === 503)
    server.execute('ALTER TABLE hidden_clients RENAME TO clients')
    const lastedMs = await outageOf('storage', server, load)
    const alive = await statusOf(server, '/livez')
    await load.stop()

    assert.ok(lastedMs <= backMsMax, `out of order for ${Math.round(lastedMs)} ms`)
    assert.equal(alive, 200)
    assertHonest(load)
    assertAllStored(server, load.answers)
  })

  test('ends the process with status 70 when it crashes again and again', async () => {
    server.execute('ALTER TABLE clients RENAME TO hidden_clients')
    const load = startLoad(server.port)

    const status = await server.ended()

    await load.stop()
    assert.equal(status, 70)
    assert.match(server.log(), /"actor":"storage"[^\n]*"msg":"actor crashed too often"/)
  })
})

test('a signer that hangs in a system call is refused for, not waited for', async () => {
  const server = await startServer({ seed: seedLoad, environment: unlimited })
  try {
    // Whoever opens a named pipe for reading waits for a writer.
    const pipe = join(server.dataDirectory, 'keys', 'next.pem')
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
    await server.logged('actor hangs and is ended')
    const startedMs = performance.now()
    const refused = await askOnce(server.port)

    assert.ok(performance.now() - startedMs < backMsMax)
    assert.equal(refused.status, 503)
    assert.equal(await statusOf(server, '/ready'), 503)
    assert.equal(await statusOf(server, '/livez'), 200)

    const aside = join(server.dataDirectory, 'pipe')
    renameSync(pipe, aside)
    writeFileSync(aside, '')
    await server.logged('actor restarted')
    assert.equal((await askOnce(server.port)).status, 200)
    assert.equal(await statusOf(server, '/ready'), 200)
  } finally {
    await server.stop()
  }
})
