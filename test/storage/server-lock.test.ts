// One server per database, seen by commands, released by any death (B52).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { acquireServerLock, isServerRunning } from '../../actors/storage/server-lock.ts'
import { temporaryDirectory } from './harness.ts'

async function holdInOtherProcess(t: TestContext, path: string) {
  const holder = join(import.meta.dirname, 'lock-holder.ts')
  const child = spawn(process.execPath, ['--expose-gc', holder, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('a second server is refused by name of the lock file, also after a collection', async (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  await holdInOtherProcess(t, path)

  assert.throws(() => acquireServerLock(path), {
    name: 'OperationalError',
    message: /test\.db\.lock: another server uses this database/,
  })
})

test('a command sees a running server, and no more after kill -9', async (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  const before = isServerRunning(path)
  const server = await holdInOtherProcess(t, path)
  const during = isServerRunning(path)

  server.kill('SIGKILL')
  await once(server, 'close')

  assert.deepEqual([before, during, isServerRunning(path)], [false, true, false])
  acquireServerLock(path).release()
})

test('a released lock can be taken again', (t) => {
  const path = join(temporaryDirectory(t), 'test.db')

  const first = acquireServerLock(path)
  const during = isServerRunning(path)
  first.release()
  const after = isServerRunning(path)
  acquireServerLock(path).release()

  assert.deepEqual([during, after], [true, false])
})

test('the lock file is closed to others', (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  const lock = acquireServerLock(path)
  t.after(() => lock.release())

  assert.equal(statSync(`${path}.lock`).mode & 0o777, 0o600)
})

test('an in-memory database needs no lock', () => {
  acquireServerLock(':memory:').release()
  assert.equal(isServerRunning(':memory:'), false)
})
