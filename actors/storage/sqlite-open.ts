// Opens a SQLite file the one way this program uses it: private to its owner (LK-09), foreign keys
// enforced, every commit synced, write-ahead log unless configured otherwise (spec 07 §1).
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { assert } from '../../src/base/assert.ts'
import { messageOf, OperationalError } from '../../src/base/errors.ts'

export interface SqliteFile {
  /** Path of the database file, or `:memory:`. */
  readonly path: string
  /** False: rollback journal instead of a write-ahead log. */
  readonly wal: boolean
}

const ownerOnly = 0o600
const groupAndOthers = 0o077

/**
 * 2,048 bytes instead of SQLite's 4,096: a token dirties a random page in each of the large
 * indexes, whatever their size, so that smaller pages mean a smaller log (7.1 against 12.1 KB per
 * token) and 16 % less CPU; 1,024 costs more again. Counts for new files only.
 */
const pageBytes = 2048
const cacheKibibytes = 16 * 1024
/** A log that grew beyond this in an unusual hour is cut back when it is next restarted. */
const logBytesKept = 160 * 1024 * 1024

/** Longest wait of one statement for another process; a commit tries `beginAttemptsMax` times. */
const busyTimeoutMs = 200

/** An open connection. @throws OperationalError when the file cannot be used. */
export function openSqlite(file: SqliteFile): Database.Database {
  try {
    if (file.path !== ':memory:') preparePrivateFile(file.path)
    const connection = new Database(file.path, { timeout: busyTimeoutMs })
    try {
      configure(connection, file)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  } catch (error) {
    throw new OperationalError(`cannot open database ${file.path}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/**
 * Makes the file before SQLite does, and closes an existing one to other users. SQLite gives the
 * log and its index the mode of the database file.
 */
export function preparePrivateFile(path: string): void {
  // A mode given at creation passes through the umask, which can take from it but never add: the
  // owner's own bits are put back afterwards.
  if (mkdirSync(dirname(path), { recursive: true, mode: 0o700 }) !== undefined) {
    chmodSync(dirname(path), 0o700)
  }
  if (makeFile(path)) chmodSync(path, ownerOnly)
  for (const suffix of ['', '-wal', '-shm', '-journal']) closeToOthers(path + suffix)
}

/** Whether the file was made just now. */
function makeFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', ownerOnly))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function closeToOthers(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  if (mode !== undefined && (mode & groupAndOthers) !== 0) chmodSync(path, mode & ownerOnly)
}

function configure(connection: Database.Database, file: SqliteFile): void {
  connection.pragma(`page_size = ${pageBytes}`)
  const journal = file.path === ':memory:' ? 'memory' : file.wal ? 'wal' : 'delete'
  expect(connection.pragma(`journal_mode = ${journal}`, { simple: true }), journal, 'journal_mode')
  // better-sqlite3 is built with NORMAL as the default of WAL databases, which loses acknowledged
  // commits when the power fails.
  setAndCheck(connection, 'synchronous', 2)
  setAndCheck(connection, 'foreign_keys', 1)
  setAndCheck(connection, 'cache_size', -cacheKibibytes)
  setAndCheck(connection, 'temp_store', 2)
  // When and by whom the log is copied: sqlite-log.ts.
  connection.pragma('wal_autocheckpoint = 0')
  connection.pragma(`journal_size_limit = ${logBytesKept}`)
}

function setAndCheck(connection: Database.Database, pragma: string, value: number): void {
  connection.pragma(`${pragma} = ${value}`)
  expect(connection.pragma(pragma, { simple: true }), value, pragma)
}

function expect(actual: unknown, wanted: unknown, pragma: string): void {
  assert(actual === wanted, `SQLite accepts ${pragma} = ${wanted} (it answers ${actual})`)
}
