// What a full, read-only, locked, damaged or missing database does to those who ask.
import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import type { GroupAnswer } from '../../actors/runtime/define-actor.ts'
import { migrate } from '../../actors/storage/migrate.ts'
import { SqliteDriver } from '../../actors/storage/sqlite-driver.ts'
import { sqliteMigrations } from '../../actors/storage/sqlite-migrations.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import { type StorageState, storageActor } from '../../actors/storage/storage-actor.ts'
import { OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import { capturedContext, type LogLine, type Message, temporaryDirectory } from './harness.ts'
import { auditEvent } from './records.ts'

interface Broken {
  readonly path: string
  readonly state: StorageState
  readonly lines: readonly LogLine[]
  /** The driver's connection, to break what SQLite itself can break. */
  readonly connection: Database.Database
}

function start(t: TestContext): Broken {
  const path = join(temporaryDirectory(t), 'test.db')
  const open = () => openSqlite({ path, wal: true })
  const connection = open()
  migrate(connection, { source: sqliteMigrations, log: silentLog, nowMs: () => 0 })
  const driver = new SqliteDriver(connection, open)
  t.after(() => driver.close())
  const { context, lines } = capturedContext()
  return { path, state: { driver, commitRowsMax: 64, context }, lines, connection }
}

function commit(state: StorageState, messages: readonly Message[]): readonly GroupAnswer[] {
  const group = storageActor.groups?.['commit']
  assert.ok(group !== undefined)
  const answers = group.run(state, messages)
  assert.ok(!(answers instanceof Promise), 'SQLite commits before it returns')
  return answers
}

function ping(state: StorageState) {
  const handler = storageActor.handlers.ping
  assert.ok('each' in handler)
  return handler.each(state, {})
}

function audit(detail: string): Message {
  return {
    kind: 'recordAudit',
    request: { audit: auditEvent('client_credentials.denied', { detail }) },
  }
}

function rows(path: string): unknown {
  const other = new Database(path, { readonly: true })
  try {
    return other.prepare('SELECT count(*) FROM audit_events').pluck().get()
  } finally {
    other.close()
  }
}

test('a full disk fails the whole group, and the next one works when there is room', (t) => {
  const { path, state, connection } = start(t)
  const pages = Number(connection.pragma('page_count', { simple: true }))
  connection.pragma(`max_page_count = ${pages + 8}`)
  const big = Array.from({ length: 16 }, (_, index) => audit(`${index}`.padEnd(4000, 'x')))

  assert.throws(() => commit(state, big), OperationalError)
  assert.equal(connection.inTransaction, false)
  assert.equal(rows(path), 0)

  connection.pragma('max_page_count = 1000000')
  commit(state, big)
  assert.equal(rows(path), 16)
})

test('after a failed commit the health check writes, and so sees the end of the outage', (t) => {
  const { state, connection } = start(t)
  connection.pragma('query_only = ON')
  assert.deepEqual(ping(state), { ok: true, reply: {} })

  assert.throws(() => commit(state, [audit('x')]), OperationalError)
  const reopened = ping(state)

  assert.deepEqual(reopened, { ok: true, reply: {} })
  assert.equal(connection.open, false)
})

test('after a failed commit also a group that is refused writes, as proof of the end', (t) => {
  const { path, state, connection } = start(t)
  const deletion: Message = {
    kind: 'deleteClient',
    request: {
      id: 'nobody',
      force: false,
      deadBelow: { issuances: 0, unbound: 0 },
      nowMs: 0,
      audit: auditEvent('client.deleted'),
    },
  }
  // While somebody else has the file open, no connection that ends takes the log away.
  const other = new Database(path)
  t.after(() => other.close())
  other.pragma('user_version')
  const logBytes = () => statSync(`${path}-wal`).size
  const refusal = [{ ok: false, refusal: 'unknown-client' }]
  const bytes = logBytes()
  assert.deepEqual(commit(state, [deletion]), refusal)
  assert.equal(logBytes(), bytes)
  connection.pragma('query_only = ON')
  assert.throws(() => commit(state, [audit('lost')]), OperationalError)

  assert.deepEqual(commit(state, [deletion]), refusal)
  assert.ok(logBytes() > bytes, 'nothing was written')
})

test('a connection that reports read-only is replaced by a new one', (t) => {
  const { path, state, connection } = start(t)
  connection.pragma('query_only = ON')

  assert.throws(() => commit(state, [audit('lost')]), OperationalError)
  commit(state, [audit('kept')])

  assert.equal(rows(path), 1)
})

test('a database locked by another process fails within a second, and recovers', (t) => {
  const { path, state } = start(t)
  const other = new Database(path)
  other.exec('BEGIN IMMEDIATE')
  const before = performance.now()

  assert.throws(() => commit(state, [audit('lost')]), OperationalError)
  const tookMs = performance.now() - before
  other.exec('ROLLBACK')
  other.close()
  commit(state, [audit('kept')])

  assert.ok(tookMs < limits.hangMs, `a silent actor counts as hung: ${tookMs} ms`)
  assert.equal(rows(path), 1)
})

test('while the database cannot be opened every call says so, the first after it works', (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  let isBroken = false
  const open = () => {
    if (isBroken) throw new OperationalError('no such disk')
    return openSqlite({ path, wal: true })
  }
  const connection = open()
  migrate(connection, { source: sqliteMigrations, log: silentLog, nowMs: () => 0 })
  const driver = new SqliteDriver(connection, open)
  t.after(() => driver.close())
  const { context } = capturedContext()
  const state = { driver, commitRowsMax: 64, context }
  isBroken = true
  connection.pragma('query_only = ON')

  assert.throws(() => commit(state, [audit('first')]), /READONLY/)
  assert.throws(() => commit(state, [audit('second')]), /no such disk/)
  assert.throws(() => ping(state), /no such disk/)
  isBroken = false
  assert.deepEqual(ping(state), { ok: true, reply: {} })
})

test('a damaged file is refused at the start with its name', (t) => {
  const path = join(temporaryDirectory(t), 'test.db')
  writeFileSync(path, 'this is not a database, however long one looks at it'.repeat(100))

  assert.throws(() => openSqlite({ path, wal: true }), {
    name: 'OperationalError',
    message: /test\.db.*not a database/,
  })
})

test('a bug in a unit leaves no transaction open and is no outage', (t) => {
  const { state, connection } = start(t)
  const bug = () => {
    throw new TypeError('bug')
  }
  const unit = { kind: 'operation', operation: bug, foreignKey: null, refusesFirst: true } as const

  assert.throws(() => state.driver.commit([unit]), TypeError)
  assert.equal(connection.inTransaction, false)
  commit(state, [audit('next')])
})
