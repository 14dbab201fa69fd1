// What outlives an actor: the database, an in-memory one with real transactions, and the files of
// the key directory. A connection that an actor gets from here counts its statements and fails
// where a fault says so; what it has not committed is gone when the actor dies.
import Database from 'better-sqlite3'
import type { KeyDirectory, KeyFile } from '../../actors/signer/key-directory.ts'
import { migrate } from '../../actors/storage/migrate.ts'
import { sqliteMigrations } from '../../actors/storage/sqlite-migrations.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import { silentLog } from '../../src/base/telemetry.ts'

/** Called around every statement: `run` does it. */
export type StatementGate = (text: string, run: () => unknown) => unknown

/** The schema is made once per process; each disk starts as a copy of it. */
let emptyDatabase: Buffer | null = null

function schemaOf(): Buffer {
  const connection = openSqlite({ path: ':memory:', wal: false })
  migrate(connection, { source: sqliteMigrations, log: silentLog, nowMs: () => 0 })
  const bytes = connection.serialize()
  connection.close()
  return bytes
}

export class DatabaseDisk {
  readonly #connection: Database.Database
  /** Of the checks, which ask the same after every step. */
  readonly #queries = new Map<string, Database.Statement>()

  constructor() {
    emptyDatabase ??= schemaOf()
    this.#connection = new Database(emptyDatabase)
    this.#connection.pragma('foreign_keys = 1')
    this.#connection.pragma('journal_mode = memory')
  }

  /** A connection as the driver sees it; all of them are this one database. */
  open(gate: StatementGate): Database.Database {
    const connection = this.#connection
    const prepare = (text: string) => {
      const statement = connection.prepare<unknown[], unknown>(text)
      return {
        run: (...values: unknown[]) => gate(text, () => statement.run(...values)),
        get: (...values: unknown[]) => gate(text, () => statement.get(...values)),
        all: (...values: unknown[]) => gate(text, () => statement.all(...values)),
      }
    }
    const guarded = {
      prepare,
      exec: (text: string) => connection.exec(text),
      get inTransaction() {
        return connection.inTransaction
      },
      // The driver may close it and open it anew, as it does with a file.
      memory: false,
      close: () => this.rollBack(),
    }
    // The driver uses no other member; one that is missing would throw at once.
    return guarded as unknown as Database.Database
  }

  /** What a dying connection leaves: nothing that was not committed. */
  rollBack(): void {
    if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK')
  }

  /** What a restart would find. */
  rows(sql: string, ...values: readonly unknown[]): readonly Record<string, unknown>[] {
    const statement = this.#queries.get(sql) ?? this.#connection.prepare(sql)
    this.#queries.set(sql, statement)
    return statement.all(...values) as Record<string, unknown>[]
  }

  /** Whether work is begun and not committed. */
  isInTransaction(): boolean {
    return this.#connection.inTransaction
  }

  remove(): void {
    this.#connection.close()
  }
}

/** A key directory in memory; each step of it is as durable as it can be. */
export function memoryKeyDirectory(nowMs: () => number): KeyDirectory {
  const files = new Map<string, KeyFile>()
  return {
    path: '/simulated/keys',
    create: () => undefined,
    read: (name) => {
      const file = files.get(name)
      return file === undefined ? null : { ...file, content: Buffer.from(file.content) }
    },
    writeNew: (name, content) => {
      if (files.has(name)) return false
      files.set(name, { content: Buffer.from(content), modifiedMs: nowMs() })
      return true
    },
    setModified: (name, modifiedMs) => {
      const file = files.get(name)
      if (file !== undefined) files.set(name, { ...file, modifiedMs })
    },
    syncFile: () => undefined,
    rename: (from, to) => {
      const file = files.get(from)
      if (file === undefined) return false
      files.delete(from)
      files.set(to, file)
      return true
    },
    remove: (name) => void files.delete(name),
    syncDirectory: () => undefined,
  }
}
