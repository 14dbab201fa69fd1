// The write-ahead log stays bounded under sustained commits, and nothing that was answered is lost
// by copying it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import test, { type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { checkpointActor } from '../../actors/storage/checkpoint-actor.ts'
import { logBounds } from '../../actors/storage/sqlite-log.ts'
import { capturedContext, type Message, type Storage, startStorage } from './harness.ts'
import { auditEvent } from './records.ts'

const frameBytes = 2048 + 24
const detail = 'x'.repeat(1500)

/** About 200 pages of log, as 64 tokens of a busy server write. */
function bigGroup(): readonly Message[] {
  return Array.from({ length: 200 }, () => ({
    kind: 'recordAudit',
    request: { audit: auditEvent('client_credentials.denied', { detail }) },
  }))
}

async function startCheckpointer(t: TestContext, path: string): Promise<Worker> {
  const worker = new Worker(new URL('./checkpointer-thread.ts', import.meta.url), {
    workerData: { path, wal: true },
  })
  t.after(() => worker.terminate())
  await once(worker, 'message')
  return worker
}

const logBytes = (storage: Storage) => statSync(`${storage.path}-wal`).size

/** Commits until `pages` pages went through the log; milliseconds of each commit, ascending. */
async function load(storage: Storage, pages: number): Promise<{ ms: number[]; logMax: number }> {
  const ms: number[] = []
  let logMax = 0
  for (let written = 0; written < pages; written += 200) {
    const group = bigGroup()
    const before = performance.now()
    await storage.commitGroup(group)
    ms.push(performance.now() - before)
    logMax = Math.max(logMax, logBytes(storage))
  }
  return { ms: ms.toSorted((left, right) => left - right), logMax }
}

test('under sustained commits the log stays bounded', async (t) => {
  const storage = await startStorage(t)
  const worker = await startCheckpointer(t, storage.path)

  const { logMax } = await load(storage, 2 * logBounds.alarmFromPages)
  worker.postMessage('stop')
  await once(worker, 'message')

  assert.ok(logMax < logBounds.alarmFromPages * frameBytes, `${logMax} bytes`)
})

test('without a checkpointer the writer bounds the log itself', async (t) => {
  const storage = await startStorage(t)

  const { logMax } = await load(storage, 1.4 * logBounds.alarmFromPages)

  assert.ok(logMax > logBounds.restartFromPages * frameBytes)
  assert.ok(logMax < 1.1 * logBounds.alarmFromPages * frameBytes, `${logMax} bytes`)
})

test('asked for it, the checkpointer copies the whole log', async (t) => {
  const storage = await startStorage(t)
  await storage.commitGroup(bigGroup())
  const { context } = capturedContext()
  const checkpointer = await checkpointActor.start({ path: storage.path, wal: true }, context)
  t.after(() => checkpointActor.stop(checkpointer))
  const { checkpoint } = checkpointActor.handlers
  assert.ok('each' in checkpoint)

  const outcome = await checkpoint.each(checkpointer, {})

  assert.ok(outcome.ok)
  assert.ok(outcome.reply.pages > 0)
  assert.equal(outcome.reply.copied, outcome.reply.pages)
})

test('everything that was answered is there after a checkpoint and a fresh start', async (t) => {
  const storage = await startStorage(t)
  const worker = await startCheckpointer(t, storage.path)
  const { ms } = await load(storage, 2 * logBounds.restartFromPages)
  worker.postMessage('stop')
  await once(worker, 'message')

  assert.deepEqual(storage.query('SELECT count(*) AS n FROM audit_events'), [
    { n: ms.length * 200 },
  ])
  assert.deepEqual(storage.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
})
