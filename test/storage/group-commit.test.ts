// One transaction for many units: atomic each, durable when answered (architecture §5, D1).
import assert from 'node:assert/strict'
import test from 'node:test'
import Database from 'better-sqlite3'
import { auditRow } from '../../actors/storage/operations/audit.ts'
import { insert } from '../../actors/storage/sql.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import type { Unit } from '../../actors/storage/unit.ts'
import { OperationalError } from '../../src/base/errors.ts'
import { type Message, type Storage, startStorage } from './harness.ts'
import {
  auditEvent,
  boundIssue,
  client,
  issuance,
  resource,
  unboundIssue,
  unboundToken,
} from './records.ts'

async function prepare(storage: Storage): Promise<void> {
  const record = client({ id: 'client' })
  await storage.commit('createClient', {
    client: record,
    audit: auditEvent('client.created_admin'),
  })
  await storage.commit('createResource', {
    resource: resource({ id: 'resource' }),
    audit: auditEvent('resource.created'),
  })
}

const issueMessage = (over = {}): Message => ({
  kind: 'commitMachineIssuance',
  request: boundIssue(issuance(over)),
})
const auditMessage = (over = {}): Message => ({
  kind: 'recordAudit',
  request: { audit: auditEvent('client_credentials.denied', over) },
})
const tokens = (storage: Storage) =>
  storage.query('SELECT count(*) AS n FROM machine_tokens')[0]?.['n']

for (const wal of [true, false]) {
  test(`when a group is answered another connection sees all of it (wal: ${wal})`, async (t) => {
    const storage = await startStorage(t, { wal })
    await prepare(storage)
    const group = Array.from({ length: 64 }, () => issueMessage())

    const answers = await storage.commitGroup(group)

    assert.equal(tokens(storage), 64)
    assert.ok(answers.every((answer) => 'ok' in answer && answer.ok))
  })
}

test('a refused unit does not touch the others of its group', async (t) => {
  const storage = await startStorage(t)
  await prepare(storage)

  const answers = await storage.commitGroup([
    issueMessage(),
    issueMessage({ resourceId: 'gone' }),
    issueMessage({ clientId: 'gone' }),
    { kind: 'commitMachineIssuance', request: unboundIssue(unboundToken()) },
  ])

  assert.deepEqual(answers, [
    { ok: true, reply: {} },
    { ok: false, refusal: 'resource-gone' },
    { ok: false, refusal: 'client-gone' },
    { ok: true, reply: {} },
  ])
  assert.equal(tokens(storage), 2)
})

test('a token without its audit row does not come to be (D1)', async (t) => {
  const storage = await startStorage(t)
  await prepare(storage)
  const taken = auditEvent('client_credentials.denied')
  await storage.commit('recordAudit', { audit: taken })
  const token = issuance({ id: taken.id })

  const answers = await storage.commitGroup([
    { kind: 'commitMachineIssuance', request: boundIssue(token) },
    issueMessage(),
  ])

  assert.ok(answers[0] !== undefined && 'failed' in answers[0])
  assert.deepEqual(answers[1], { ok: true, reply: {} })
  assert.equal(tokens(storage), 1)
  const line = storage.lines.find((entry) => entry.message === 'unit of work failed')
  assert.equal(line?.fields['unit'], 'commitMachineIssuance')
})

test('an audit row that cannot be written is told in the log, others are written', async (t) => {
  const storage = await startStorage(t)
  const taken = auditEvent('client_credentials.denied', { detail: 'reason=x', traceId: 'trace' })
  await storage.commit('recordAudit', { audit: taken })

  const answers = await storage.commitGroup([
    auditMessage(),
    { kind: 'recordAudit', request: { audit: taken } },
    auditMessage(),
  ])

  assert.deepEqual(
    answers.map((answer) => 'ok' in answer && answer.ok),
    [true, false, true],
  )
  assert.deepEqual(storage.query('SELECT count(*) AS n FROM audit_events'), [{ n: 3 }])
  const line = storage.lines.find((entry) => entry.message === 'unit of work failed')
  assert.equal(line?.fields['unit'], 'recordAudit')
  assert.match(String(line?.fields['error']), /UNIQUE/)
})

test('an operation that violates a constraint fails alone', async (t) => {
  const storage = await startStorage(t)
  const record = resource({ backendKind: 'broker' })

  const answers = await storage.commitGroup([
    {
      kind: 'createResource',
      request: { resource: record, audit: auditEvent('resource.created') },
    },
    auditMessage(),
  ])

  assert.ok(answers[0] !== undefined && 'failed' in answers[0])
  assert.deepEqual(answers[1], { ok: true, reply: {} })
  assert.deepEqual(storage.query('SELECT count(*) AS n FROM audit_events'), [{ n: 1 }])
})

test('a damaged row fails its own request and nothing else', async (t) => {
  const storage = await startStorage(t)
  await prepare(storage)
  const editor = new Database(storage.path)
  editor.exec(`UPDATE clients SET grant_types = 'oops'`)
  editor.close()

  await assert.rejects(storage.read('readClient', { id: 'client' }), OperationalError)
  const answers = await storage.commitGroup([
    {
      kind: 'changeClient',
      request: {
        id: 'client',
        version: 1,
        change: {},
        nowMs: 0,
        audit: auditEvent('client.updated'),
      },
    },
    issueMessage(),
  ])

  assert.ok(answers[0] !== undefined && 'failed' in answers[0])
  assert.deepEqual(answers[1], { ok: true, reply: {} })
})

test('the journal is a log or a rollback journal, as configured', async (t) => {
  for (const [wal, mode] of [
    [true, 'wal'],
    [false, 'delete'],
  ] as const) {
    const storage = await startStorage(t, { wal })
    assert.deepEqual(storage.query('PRAGMA journal_mode'), [{ journal_mode: mode }])
  }
})

test('every commit is synced in full, whatever the default of the library', () => {
  const connection = openSqlite({ path: ':memory:', wal: true })

  assert.equal(connection.pragma('synchronous', { simple: true }), 2)
  assert.equal(connection.pragma('foreign_keys', { simple: true }), 1)
})

for (const end of ['refused', 'failed'] as const) {
  test(`a unit that is ${end} late, and was to refuse first, leaves nothing behind`, async (t) => {
    const storage = await startStorage(t)
    await prepare(storage)
    const { driver } = storage.state
    let runs = 0
    const late: Unit = {
      kind: 'operation',
      foreignKey: null,
      refusesFirst: true,
      operation: function* () {
        runs += 1
        yield* insert(auditRow(auditEvent('token.revoked', { id: 'late' })))
        if (end === 'refused') return { ok: false, refusal: 'late' }
        yield* insert(auditRow(auditEvent('token.revoked', { id: 'late' })))
        return { ok: true, reply: {} }
      },
    }
    const row = (id: string): Unit => ({
      kind: 'rows',
      required: [],
      sets: [auditRow(auditEvent('client_credentials.denied', { id }))],
    })

    const [first, second, third] = driver.commit([row('first'), late, row('third')])

    const done = { ok: true, reply: {} }
    assert.deepEqual([first, third, runs], [done, done, 2])
    assert.ok(second !== undefined && (end === 'refused' ? 'ok' in second : 'failed' in second))
    const kept = "SELECT id FROM audit_events WHERE id IN ('first', 'late', 'third')"
    assert.deepEqual(storage.query(kept), [{ id: 'first' }, { id: 'third' }])
  })
}
