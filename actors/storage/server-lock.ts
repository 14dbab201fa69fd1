// One server per database file, and a way for commands to see it (decision B52): the server holds
// an exclusive transaction on a small SQLite file beside the database. The operating system drops
// the lock with the process, however it dies; the file itself stays and means nothing.
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { messageOf, OperationalError } from '../../src/base/errors.ts'
import { isBusy } from './sqlite-errors.ts'
import { preparePrivateFile } from './sqlite-open.ts'

export interface ServerLock {
  release(): void
}

/**
 * Connections that hold a lock. A connection that nothing refers to is closed by the garbage
 * collector, and its lock would go with it although the server runs on.
 */
const held = new Set<Database.Database>()

/** A command that only looks holds the lock for an instant; a starting server outwaits it. */
const acquireTimeoutMs = 1000

/**
 * Takes the lock of the server on the database at `path`, for as long as the process lives or until
 * it is released. An in-memory database needs none.
 *
 * @throws OperationalError naming the lock file when another server holds it.
 */
export function acquireServerLock(path: string): ServerLock {
  if (path === ':memory:') return { release: () => undefined }
  const lockPath = lockPathOf(path)
  const connection = openLockFile(lockPath)
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    throw isBusy(error)
      ? cannotLock(lockPath, 'another server uses this database', error)
      : cannotLock(lockPath, messageOf(error), error)
  }
  held.add(connection)
  return {
    release: () => {
      held.delete(connection)
      connection.close()
    },
  }
}

/** Whether a server runs on the database at `path` right now. @throws OperationalError */
export function isServerRunning(path: string): boolean {
  const lockPath = lockPathOf(path)
  if (path === ':memory:' || !existsSync(lockPath)) return false
  const connection = new Database(lockPath, { timeout: 0 })
  try {
    connection.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw new OperationalError(`cannot read ${lockPath}: ${messageOf(error)}`, { cause: error })
  } finally {
    connection.close()
  }
}

function openLockFile(lockPath: string): Database.Database {
  try {
    preparePrivateFile(lockPath)
    return new Database(lockPath, { timeout: acquireTimeoutMs })
  } catch (error) {
    const why = `${messageOf(error)}; its directory must exist, or be creatable, and be writable`
    throw cannotLock(lockPath, why, error)
  }
}

function cannotLock(lockPath: string, why: string, cause: unknown): OperationalError {
  return new OperationalError(`cannot lock ${lockPath}: ${why}`, { cause })
}

function lockPathOf(path: string): string {
  return `${path}.lock`
}
