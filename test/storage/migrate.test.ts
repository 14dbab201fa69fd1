// The migration runner and the base schema (spec 07 §2 and §3, B15).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type Database from 'better-sqlite3'
import { type Migration, migrate, pendingMigrations } from '../../actors/storage/migrate.ts'
import { sqliteMigrations } from '../../actors/storage/sqlite-migrations.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { OperationalError } from '../../src/base/errors.ts'
import { capturedContext, temporaryDirectory } from './harness.ts'

const sourceOf = (...list: readonly Migration[]) => ({ list: () => list })
const base = { version: 1, file: '001_a.up.sql', sql: 'CREATE TABLE a (id TEXT PRIMARY KEY)' }

function run(connection: Database.Database, source: { list(): readonly Migration[] }) {
  const { context, lines } = capturedContext()
  migrate(connection, { source, log: context.log, nowMs: () => 0 })
  return lines
}

function tables(connection: Database.Database): unknown[] {
  return connection
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'
       ORDER BY name`,
    )
    .pluck()
    .all()
}

test('the base migration makes the whole table set of the specification', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })

  run(connection, sqliteMigrations)

  assert.deepEqual(tables(connection), [
    'access_token_jtis',
    'assertion_jtis',
    'audit_events',
    'auth_sessions',
    'broker_grants',
    'broker_providers',
    'clients',
    'connect_pending_states',
    'consent_grants',
    'dpop_jtis',
    'fronting_links',
    'issuances',
    'machine_tokens',
    'oidc_states',
    'refresh_tokens',
    'resources',
    'revoked_jtis',
    'revoked_sessions',
    'runtime_settings',
    'schema_migrations',
    'subject_mappings',
    'token_families',
    'trusted_idps',
    'unbound_machine_tokens',
    'users',
    'xaa_policies',
  ])
})

test('each migration is logged with version and file, and a second run does nothing', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })

  const first = run(connection, sqliteMigrations)
  const second = run(connection, sqliteMigrations)

  assert.deepEqual(first, [
    {
      level: 'info',
      message: 'migration applied',
      fields: { version: 1, file: '001_base.up.sql' },
    },
  ])
  assert.deepEqual(second, [])
})

test('the down file takes back everything, and up works again after it', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })
  run(connection, sqliteMigrations)
  const directory = join(import.meta.dirname, '../../migrations/sqlite')

  connection.exec(readFileSync(join(directory, '001_base.down.sql'), 'utf8'))
  assert.deepEqual(tables(connection), ['schema_migrations'])
  connection.exec('DELETE FROM schema_migrations')

  assert.equal(run(connection, sqliteMigrations).length, 1)
})

test('a lower number that is added later still runs, in ascending order', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })
  const third = { version: 3, file: '003_c.up.sql', sql: 'CREATE TABLE c (id TEXT)' }
  const second = { version: 2, file: '002_b.up.sql', sql: 'CREATE TABLE b (id TEXT)' }
  run(connection, sourceOf(third, base))

  const lines = run(connection, sourceOf(third, second, base))

  assert.deepEqual(
    lines.map((line) => line.fields['version']),
    [2],
  )
  assert.deepEqual(pendingMigrations(connection, sourceOf(third, second, base)), [])
})

test('a failed migration leaves no trace, stops the run, and earlier ones stay', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })
  const broken = { version: 2, file: '002_b.up.sql', sql: 'CREATE TABLE b (id TEXT); oops' }
  const third = { version: 3, file: '003_c.up.sql', sql: 'CREATE TABLE c (id TEXT)' }

  assert.throws(() => run(connection, sourceOf(base, broken, third)), {
    name: 'OperationalError',
    message: /002_b\.up\.sql/,
  })
  assert.deepEqual(tables(connection), ['a', 'schema_migrations'])
  assert.equal(connection.inTransaction, false)
})

test('a marked migration may rebuild a table that others refer to', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })
  const sql = 'CREATE TABLE child (a TEXT REFERENCES a (id) ON DELETE CASCADE)'
  const child = { version: 2, file: '002_b.up.sql', sql }
  run(connection, sourceOf(base, child))
  connection.exec(`INSERT INTO a VALUES ('x'); INSERT INTO child VALUES ('x')`)
  const rebuild = `-- migrate:foreign-keys-off
    CREATE TABLE new_a (id TEXT PRIMARY KEY, extra TEXT);
    INSERT INTO new_a SELECT id, NULL FROM a; DROP TABLE a; ALTER TABLE new_a RENAME TO a;`

  run(connection, sourceOf(base, child, { version: 3, file: '003_c.up.sql', sql: rebuild }))

  assert.equal(connection.prepare('SELECT count(*) FROM child').pluck().get(), 1)
  assert.equal(connection.pragma('foreign_keys', { simple: true }), 1)
})

test('a marked migration that breaks a reference fails, and enforcement is on again', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })
  const sql = 'CREATE TABLE child (a TEXT REFERENCES a (id))'
  const child = { version: 2, file: '002_b.up.sql', sql }
  run(connection, sourceOf(base, child))
  connection.exec(`INSERT INTO a VALUES ('x'); INSERT INTO child VALUES ('x')`)
  const breaking = {
    version: 3,
    file: '003_c.up.sql',
    sql: '-- migrate:foreign-keys-off\nDELETE FROM a;',
  }

  assert.throws(
    () => run(connection, sourceOf(base, child, breaking)),
    /broken references in child/,
  )
  assert.equal(connection.prepare('SELECT count(*) FROM a').pluck().get(), 1)
  assert.equal(connection.pragma('foreign_keys', { simple: true }), 1)
})

test('processes that start at once on an empty database succeed, and one migrates', async (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  const child = join(import.meta.dirname, 'migrating-process.ts')

  const runs = Array.from({ length: 4 }, async () => {
    const running = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    running.stdout.on('data', (chunk) => {
      output += chunk
    })
    const [code] = await once(running, 'close')
    return { code, applied: Number(output) }
  })
  const results = await Promise.all(runs)

  assert.deepEqual(
    results.map((result) => result.code),
    [0, 0, 0, 0],
  )
  assert.equal(
    results.reduce((sum, result) => sum + result.applied, 0),
    1,
  )
})

test('an actor that may not migrate refuses a database that is not current (B52)', async (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  const { context } = capturedContext()
  const slice = { path, wal: true, commitRowsMax: 64, mayMigrate: false }

  await assert.rejects(async () => storageActor.start(slice, context), OperationalError)
  await storageActor.stop(await storageActor.start({ ...slice, mayMigrate: true }, context))
  await storageActor.stop(await storageActor.start(slice, context))
})

test('every index of the schema says in the migration which query it serves', () => {
  const sql = sqliteMigrations.list().find((migration) => migration.version === 1)?.sql ?? ''
  const lines = sql.split('\n')
  const indexes = lines.flatMap((line, at) => (/^CREATE (UNIQUE )?INDEX/.test(line) ? [at] : []))

  const silent = indexes.filter((at) => !lines[at - 1]?.startsWith('-- '))

  assert.ok(indexes.length > 30)
  assert.deepEqual(
    silent.map((at) => lines[at]),
    [],
  )
})

test('a database of a newer program is refused, and left alone', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })
  const newer = { version: 2, file: '002_b.up.sql', sql: 'CREATE TABLE b (id TEXT PRIMARY KEY)' }
  run(connection, sourceOf(base, newer))
  const before = tables(connection)

  assert.throws(() => run(connection, sourceOf(base)), /newer version .* migrations 2: start that/)
  assert.throws(() => pendingMigrations(connection, sourceOf(base)), OperationalError)
  assert.deepEqual(tables(connection), before)
})
