// What an error of SQLite means for the work that met it: a constraint of one unit, or a database
// that is out of order for everybody (disk full, file read-only, locked, damaged).
import Database from 'better-sqlite3'
import { OperationalError } from '../../src/base/errors.ts'

/** Primary result codes that tell of the database's surroundings, not of a statement of ours. */
const outageCodes = new Set([
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_CANTOPEN',
  'SQLITE_PERM',
  'SQLITE_NOMEM',
  'SQLITE_PROTOCOL',
  'SQLITE_NOLFS',
])

/** After these the connection itself is sound; after other outages it is opened anew. */
const codesThatKeepTheConnection = new Set(['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_LOCKED'])

export type ConstraintKind = 'foreign-key' | 'primary-key' | 'other'

/** Which kind of constraint `error` violates, or null when it violates none. */
export function constraintOf(error: unknown): ConstraintKind | null {
  if (!(error instanceof Database.SqliteError)) return null
  switch (error.code) {
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
    case 'SQLITE_CONSTRAINT_TRIGGER': // What a RESTRICT action reports.
      return 'foreign-key'
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
      return 'primary-key'
    default:
      return error.code.startsWith('SQLITE_CONSTRAINT') ? 'other' : null
  }
}

/** Whether `error` says that somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && primaryCode(error.code) === 'SQLITE_BUSY'
}

/** Whether the connection that reported `error` should not be used again. */
export function spoilsConnection(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return false
  return !codesThatKeepTheConnection.has(primaryCode(error.code))
}

/**
 * The same error for everybody above: an OperationalError when it tells of an outage, else itself.
 */
export function asOutage(error: unknown, doing: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  if (!outageCodes.has(primaryCode(error.code))) return error
  return new OperationalError(`${doing}: ${error.code}: ${error.message}`, { cause: error })
}

/** `SQLITE_IOERR` of `SQLITE_IOERR_WRITE`. */
function primaryCode(code: string): string {
  return code.split('_', 2).join('_')
}
