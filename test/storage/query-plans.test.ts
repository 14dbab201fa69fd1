// No statement of a grant, of its end, or of what people do reads a whole table: each is explained
// as SQLite would run it.
import assert from 'node:assert/strict'
import test from 'node:test'
import type Database from 'better-sqlite3'
import { migrate } from '../../actors/storage/migrate.ts'
import {
  readAuthorization,
  readAuthorizeContext,
} from '../../actors/storage/operations/authorize-context.ts'
import { readBrowserSession } from '../../actors/storage/operations/browser-sessions.ts'
import { listConsentGrants } from '../../actors/storage/operations/consents.ts'
import { readFamilyOfAuthorization } from '../../actors/storage/operations/families.ts'
import { readIntrospection, readRevocation } from '../../actors/storage/operations/introspection.ts'
import { readCode, readRefreshToken } from '../../actors/storage/operations/standing.ts'
import { unitOf } from '../../actors/storage/operations/units.ts'
import { listUsers, readUser } from '../../actors/storage/operations/users.ts'
import type { Operation, RowSet, Step, StepResult } from '../../actors/storage/sql.ts'
import { sqliteMigrations } from '../../actors/storage/sqlite-migrations.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import type { Message } from './harness.ts'
import {
  authorization,
  consent,
  family,
  message,
  redemption,
  refreshToken,
  rotation,
  uri,
  user,
} from './people-records.ts'
import { auditEvent, client, nowMs, resource } from './records.ts'

const live = family({ id: 'family', authorizationId: 'spent' })
const presented = refreshToken({ id: 'presented' })

/** A database in which each of the operations below finds what it looks for. */
function prepared(): Database.Database {
  const database = openSqlite({ path: ':memory:', wal: true })
  migrate(database, { source: sqliteMigrations, log: silentLog, nowMs: () => 0 })
  const audit = () => auditEvent('client.created_admin')
  const pending = authorization({ id: 'pending', codeHash: null })
  const { redeemCode, approveConsent } = units
  for (const made of [
    message('createClient', { client: client({ id: 'client' }), audit: audit() }),
    message('createResource', { resource: resource({ id: 'resource', uri }), audit: audit() }),
    message('createUser', { user: user({ id: 'user' }), audit: audit() }),
    message('startAuthorization', { authorization: pending }),
    message('startAuthorization', { authorization: authorization({ id: 'code' }) }),
    approveConsent,
    redeemCode,
    message('startAuthorization', { authorization: { ...pending, id: 'second' } }),
    message('startAuthorization', {
      authorization: authorization({ id: 'again', codeHash: 'again' }),
    }),
  ]) {
    explainUnit(database, made)
  }
  return database
}

const audit = auditEvent('token.revoked')
const units = {
  approveConsent: message('approveConsent', {
    authorizationId: 'pending',
    userId: 'user',
    consent: consent(),
    scope: 'read',
    codeHash: 'hash',
    nowMs,
    audit: auditEvent('consent.granted'),
  }),
  redeemCode: message(
    'redeemCode',
    redemption('code', { family: live, refreshToken: presented, consentId: 'consent' }),
  ),
}

const explained: readonly Message[] = [
  message('approveConsent', {
    authorizationId: 'second',
    userId: 'user',
    consent: consent(),
    scope: 'read',
    codeHash: 'other',
    nowMs,
    audit: auditEvent('consent.granted'),
  }),
  message('denyConsent', { authorizationId: 'second', userId: 'user', nowMs, audit }),
  message('redeemCode', redemption('again')),
  message('redeemCode', redemption('code')),
  message('countFailedRedemption', {
    authorizationId: 'again',
    failuresMax: 5,
    nowMs,
    audit: null,
  }),
  message('rotateRefreshToken', rotation(presented)),
  message(
    'rotateRefreshToken',
    rotation(refreshToken({ id: 'unknown' }), { grace: { windowMs: 1000, siblingsMax: 5 } }),
  ),
  message('revokeFamily', { familyId: 'family', nowMs, audit }),
  message('denylistFamily', { familyId: 'family', nowMs }),
  message('revokeConsentGrant', { id: 'consent', nowMs, audit }),
  message('revokeAccessToken', { jti: 'x', isMachine: false, expiresAtMs: 0, nowMs, audit }),
  message('revokeAccessToken', { jti: 'x', isMachine: true, expiresAtMs: 0, nowMs, audit }),
  message('createUser', { user: user(), audit }),
  message('changeUser', { id: 'user', version: 1, change: { name: 'x' }, nowMs, audit }),
  message('changeUserStatus', { id: 'user', from: 'active', to: 'disabled', nowMs, audit }),
  message('setPassword', { id: 'user', passwordHash: '', ifHash: null, nowMs, audit: null }),
  message('setPassword', { id: 'user', passwordHash: '', ifHash: 'x', nowMs, audit: null }),
  message('deleteUser', { id: 'user', force: false, nowMs, audit }),
  message('deleteUser', { id: 'user', force: true, nowMs, audit }),
  message('forceLogout', { userId: 'user', revokedBefore: 0, nowMs, audit }),
  message('revokeBrowserSession', { sessionId: 's', userId: 'user', expiresAtMs: 0, audit }),
  message('refreshClientDocument', { client: client({ id: 'client' }), nowMs, audit }),
]

const reads: Readonly<Record<string, () => Operation<unknown>>> = {
  readUser: () => readUser({ by: 'email', value: 'a@people.example' }),
  listUsers: () => listUsers({ limit: 5, offset: 0 }),
  readBrowserSession: () => readBrowserSession({ sessionId: 's', userId: 'user' }),
  readAuthorizeContext: () =>
    readAuthorizeContext({ clientId: 'client', userId: 'user', resource: uri }),
  readAuthorization: () => readAuthorization({ id: 'pending' }),
  readCode: () =>
    readCode({ codeHash: 'again', clientId: 'client', resource: 'https://RESOURCE.example/mcp' }),
  readRefreshToken: () =>
    readRefreshToken({ tokenHash: presented.tokenHash, clientId: 'client', resource: uri }),
  readIntrospection: () =>
    readIntrospection({
      callerId: 'client',
      jti: 'x',
      issuingClientId: 'client',
      subject: 'user',
      audience: uri,
    }),
  readRevocation: () => readRevocation({ clientId: 'client', tokenHash: presented.tokenHash }),
  readFamilyOfAuthorization: () => readFamilyOfAuthorization('code'),
  listConsentGrants: () => listConsentGrants('user'),
}

/** Runs an operation and returns how SQLite runs each of its statements. */
function explain(database: Database.Database, operation: Operation<unknown>): readonly string[] {
  const plans: string[] = []
  let step = operation.next()
  while (step.done !== true) step = operation.next(run(database, step.value, plans))
  return plans
}

function run(database: Database.Database, step: Step, plans: string[]): StepResult {
  if (step.kind === 'insert') return insertSet(database, step.set)
  const text = step.statement.text.join('?')
  const { values } = step.statement
  const plan = database
    .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
    .all(values)
  plans.push(`${text}\n${plan.map(({ detail }) => detail).join('\n')}`)
  const statement = database.prepare<unknown[], never>(text)
  switch (step.kind) {
    case 'row':
      return statement.get(values) ?? null
    case 'rows':
      return statement.all(values)
    case 'change':
      return statement.run(values).changes
  }
}

function insertSet(database: Database.Database, { shape, rows }: RowSet): null {
  const marks = shape.columns.map(() => '?').join(', ')
  const insert = database.prepare<unknown[]>(
    `INSERT INTO ${shape.table} (${shape.columns.join(', ')}) VALUES (${marks})`,
  )
  for (const row of rows) insert.run(row)
  return null
}

function explainUnit(database: Database.Database, unit: Message): readonly string[] {
  const made = unitOf(unit as Parameters<typeof unitOf>[0])
  if (made.kind === 'operation') return explain(database, made.operation())
  for (const set of made.sets) insertSet(database, set)
  return []
}

/** Lists that the statement brings itself, and tables that are read in the order of an index. */
const harmless = /SCAN (CONSTANT ROW|json_each\b|lineage\b|users USING INDEX users_created_at)/
const readsWholeTable = (plan: string) =>
  plan.split('\n').some((line) => line.startsWith('SCAN') && !harmless.test(line))

for (const [kind, read] of Object.entries(reads)) {
  test(`${kind} reads no whole table`, () => {
    const plans = explain(prepared(), read())

    assert.ok(plans.length > 0)
    assert.deepEqual(plans.filter(readsWholeTable), [])
  })
}

for (const [index, unit] of explained.entries()) {
  test(`${unit.kind} reads no whole table (${index})`, () => {
    const database = prepared()
    database.exec('BEGIN')

    const plans = explainUnit(database, unit)

    assert.ok(plans.length > 0)
    assert.deepEqual(plans.filter(readsWholeTable), [])
  })
}

test('a plan that reads a whole table is found', () => {
  const plans = explain(
    prepared(),
    (function* () {
      yield {
        kind: 'rows',
        statement: { text: Object.assign(['SELECT * FROM users'], { raw: [] }), values: [] },
      } as const
    })(),
  )

  assert.equal(plans.filter(readsWholeTable).length, 1)
})
