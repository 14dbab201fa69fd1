// Files and directory are private whatever the umask (LK-09).
import assert from 'node:assert/strict'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { capturedContext, temporaryDirectory } from './harness.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

for (const umask of [0o000, 0o022, 0o277]) {
  const name = umask.toString(8).padStart(3, '0')
  test(`database, log and directory are private under umask ${name} (LK-09)`, async (t) => {
    const directory = join(temporaryDirectory(t), 'data')
    const path = join(directory, 'test.db')
    const { context } = capturedContext()
    const before = process.umask(umask)
    t.after(() => process.umask(before))

    const slice = { path, wal: true, commitRowsMax: 64, mayMigrate: true }
    const state = await storageActor.start(slice, context)
    t.after(() => storageActor.stop(state))

    assert.equal(modeOf(directory), 0o700)
    for (const suffix of ['', '-wal', '-shm']) assert.equal(modeOf(path + suffix), 0o600)
  })
}

test('an existing database is closed to others', async (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  writeFileSync(path, '')
  chmodSync(path, 0o664)
  const { context } = capturedContext()

  const slice = { path, wal: true, commitRowsMax: 64, mayMigrate: true }
  const state = await storageActor.start(slice, context)
  t.after(() => storageActor.stop(state))

  assert.equal(modeOf(path), 0o600)
})
