// Brings a SQLite database to the current schema (spec 07 §2): every version that is not recorded
// yet, in ascending order, each in a transaction of its own, forward only. A lock is taken around
// each migration and the pending set is read again inside it, so that two processes may start at
// once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { assert } from '../../src/base/assert.ts'
import { messageOf, OperationalError } from '../../src/base/errors.ts'
import type { Log } from '../../src/base/telemetry.ts'
import { instantText } from './dialect.ts'

export interface Migration {
  readonly version: number
  /** File name, for the log. */
  readonly file: string
  readonly sql: string
}

/** Where migrations come from: a directory here, the bundle itself in a release. */
export interface MigrationSource {
  list(): readonly Migration[]
}

export interface MigrateOptions {
  readonly source: MigrationSource
  readonly log: Log
  readonly nowMs: () => number
}

const upFile = /^(\d{3})_[a-z0-9_]+\.up\.sql$/
const foreignKeysOff = '-- migrate:foreign-keys-off'
/** Another process may run a long migration meanwhile; nobody is served before it is over. */
const lockTimeoutMs = 60_000

/** The `NNN_name.up.sql` files of a directory. */
export function migrationDirectory(directory: string): MigrationSource {
  return {
    list: () =>
      readdirSync(directory).flatMap((file) => {
        const version = upFile.exec(file)?.[1]
        if (version === undefined) return []
        const sql = readFileSync(join(directory, file), 'utf8')
        return [{ version: Number(version), file, sql }]
      }),
  }
}

/**
 * Versions of `source` that the database does not record, ascending.
 *
 * @throws OperationalError when it records others: a newer program has written to it, and what that
 * expects of a row is not known here.
 */
export function pendingMigrations(
  connection: Database.Database,
  source: MigrationSource,
): readonly Migration[] {
  const migrations = source.list().toSorted((left, right) => left.version - right.version)
  const versions = new Set(migrations.map((migration) => migration.version))
  assert(versions.size === migrations.length, 'each migration has a version of its own')
  const applied = appliedVersions(connection)
  const unknown = [...applied].filter((version) => !versions.has(version))
  if (unknown.length > 0) {
    throw new OperationalError(
      `database ${connection.name} belongs to a newer version of this program, ` +
        `which has made its migrations ${unknown.join(', ')}: start that version`,
    )
  }
  return migrations.filter((migration) => !applied.has(migration.version))
}

/**
 * Applies what is pending. A failed migration leaves no trace and stops the run; earlier ones stay.
 *
 * @throws OperationalError naming the file.
 */
export function migrate(connection: Database.Database, options: MigrateOptions): void {
  // The common case takes no lock, so that a command beside a running server waits for nobody.
  const pending = pendingMigrations(connection, options.source)
  if (pending.length === 0) return
  const busyTimeout = connection.pragma('busy_timeout', { simple: true })
  connection.pragma(`busy_timeout = ${lockTimeoutMs}`)
  try {
    for (const migration of pending) apply(connection, migration, options)
  } finally {
    connection.pragma(`busy_timeout = ${busyTimeout}`)
  }
}

function appliedVersions(connection: Database.Database): ReadonlySet<number> {
  if (!hasVersionTable(connection)) return new Set()
  const rows = connection.prepare('SELECT version FROM schema_migrations').pluck().all()
  return new Set(rows as number[])
}

function hasVersionTable(connection: Database.Database): boolean {
  return (
    connection
      .prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'`)
      .get() !== undefined
  )
}

function apply(connection: Database.Database, migration: Migration, options: MigrateOptions): void {
  // The pragma does nothing inside a transaction, therefore outside (SQLite, PRAGMA foreign_keys).
  const isUnchecked = migration.sql.startsWith(foreignKeysOff)
  if (isUnchecked) connection.pragma('foreign_keys = OFF')
  try {
    connection.exec('BEGIN IMMEDIATE')
    const isPending = !appliedVersions(connection).has(migration.version)
    if (isPending) {
      run(connection, migration, options.nowMs())
      if (isUnchecked) checkForeignKeys(connection)
    }
    connection.exec('COMMIT')
    if (isPending) {
      options.log.info('migration applied', { version: migration.version, file: migration.file })
    }
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw new OperationalError(`migration ${migration.file} failed: ${messageOf(error)}`, {
      cause: error,
    })
  } finally {
    if (isUnchecked) connection.pragma('foreign_keys = ON')
  }
}

function run(connection: Database.Database, migration: Migration, nowMs: number): void {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER NOT NULL PRIMARY KEY,
      applied_at TEXT NOT NULL
    ) STRICT`)
  connection.exec(migration.sql)
  assert(connection.inTransaction, 'a migration leaves transactions to its runner')
  connection
    .prepare('INSERT INTO schema_migrations (version, applied_at) VALUES (?, ?)')
    .run(migration.version, instantText(nowMs))
}

function checkForeignKeys(connection: Database.Database): void {
  const broken = connection.pragma('foreign_key_check') as readonly { readonly table: string }[]
  const tables = [...new Set(broken.map((row) => row.table))].join(', ')
  if (broken.length > 0) throw new OperationalError(`broken references in ${tables}`)
}
