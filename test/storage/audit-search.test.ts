// Search in the audit log: filters, window, paging, and what each step costs (spec 05 §4.8, B48).
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { issuanceAuditRow } from '../../actors/storage/operations/audit.ts'
import { auditOrders } from '../../actors/storage/operations/audit-orders.ts'
import { issuanceRow } from '../../actors/storage/operations/issuances.ts'
import type { AuditQuery } from '../../actors/storage/protocol.ts'
import type { Statement } from '../../actors/storage/sql.ts'
import type { Unit } from '../../actors/storage/unit.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import { machineIssuance, machineTokenAudit } from '../../src/records/machine-token.ts'
import { type Storage, startStorage } from './harness.ts'
import {
  auditEvent,
  boundIssue,
  client,
  issuance,
  nowMs,
  resource,
  unboundIssue,
  unboundToken,
} from './records.ts'

const hourMs = 3_600_000

/** An id of exactly this instant; a source of ids in use would never go back. */
const idAt = (ms: number): string => systemRandom().uuidV7(ms)

const everything: AuditQuery = {
  action: null,
  actorId: null,
  clientId: null,
  traceId: null,
  sinceMs: nowMs - 24 * hourMs,
  untilMs: null,
  cursor: null,
  skip: 0,
  limit: 100,
}

/** Follows the cursor to the end, or to a full page; also how many answers that took. */
async function search(
  storage: Storage,
  over: Partial<AuditQuery>,
): Promise<{ readonly events: readonly AuditEvent[]; readonly steps: number }> {
  let query: AuditQuery = { ...everything, ...over }
  const events: AuditEvent[] = []
  for (let steps = 1; ; steps += 1) {
    const answer = await storage.read('listAuditEvents', query)
    events.push(...answer.events)
    if (answer.next === null || events.length === (over.limit ?? everything.limit)) {
      return { events, steps }
    }
    query = {
      ...query,
      cursor: answer.next,
      skip: query.skip - answer.skipped,
      limit: query.limit - answer.events.length,
    }
  }
}

const idsOf = async (storage: Storage, over: Partial<AuditQuery>) =>
  (await search(storage, over)).events.map(({ id }) => id)

/** An event at an instant, with an id of that instant. */
function eventAt(ms: number, over: Partial<AuditEvent> = {}): AuditEvent {
  return auditEvent('client.updated', { id: idAt(ms), createdAtMs: ms, ...over })
}

async function record(storage: Storage, ...events: readonly AuditEvent[]): Promise<void> {
  for (const audit of events) await storage.commit('recordAudit', { audit })
}

/** A storage with a client, a resource, and only the audit rows that a test writes. */
async function withOwners(t: TestContext): Promise<Storage> {
  const storage = await startStorage(t)
  const created = eventAt(nowMs - 1000 * hourMs)
  await storage.commit('createClient', { client: client({ id: 'client' }), audit: created })
  const audit = eventAt(nowMs - 1000 * hourMs)
  await storage.commit('createResource', { resource: resource({ id: 'resource' }), audit })
  return storage
}

/** `count` tokens of a client with their rows, one per millisecond up to now. */
function issueMany(storage: Storage, clientId: string, count: number): void {
  const random = systemRandom()
  const units = Array.from({ length: count }, (_, n): Unit => {
    const ms = nowMs - count + n
    const token = {
      jti: random.uuidV7(ms),
      clientId,
      resourceId: 'resource',
      scopes: ['read'],
      issuedAtMs: ms,
      expiresAtMs: ms + hourMs,
      isAgent: false,
      dpopJkt: null,
    }
    const audit = machineTokenAudit(token, { ip: '', traceId: null }, ms)
    const sets = [issuanceRow(machineIssuance(token, 'resource')), issuanceAuditRow(audit)]
    return { kind: 'rows', required: [], sets }
  })
  storage.state.driver.commit(units)
}

test('an event is read back with every member', async (t) => {
  const storage = await startStorage(t)
  const event = eventAt(nowMs, {
    actorId: 'actor',
    clientId: 'client',
    ip: '192.0.2.1',
    detail: 'reason=none',
    traceId: '0af7651916cd43dd8448eb211c80319c',
  })
  await record(storage, event)

  assert.deepEqual((await search(storage, {})).events, [event])
})

test('an action that this version does not know is read all the same', async (t) => {
  const storage = await startStorage(t)
  const event = eventAt(nowMs)
  await record(storage, { ...event, action: 'later.action' as AuditEvent['action'] })

  assert.deepEqual(await idsOf(storage, {}), [event.id])
})

test('rows are listed newest first within the window', async (t) => {
  const storage = await startStorage(t)
  const [old, recent, fresh] = [48, 2, 0].map((hours) => eventAt(nowMs - hours * hourMs))
  assert.ok(old && recent && fresh)
  await record(storage, old, recent, fresh)

  assert.deepEqual(await idsOf(storage, {}), [fresh.id, recent.id])
  assert.deepEqual(await idsOf(storage, { sinceMs: 0 }), [fresh.id, recent.id, old.id])
  assert.deepEqual(await idsOf(storage, { sinceMs: recent.createdAtMs }), [fresh.id, recent.id])
  assert.deepEqual(await idsOf(storage, { untilMs: fresh.createdAtMs }), [recent.id])
  assert.deepEqual(await idsOf(storage, { untilMs: fresh.createdAtMs + 1 }), [fresh.id, recent.id])
})

test('the window is told by the instant of a row, not by that of its id', async (t) => {
  const storage = await startStorage(t)
  // A clock that was set back by half an hour: ids go on, instants do not.
  const ahead = auditEvent('client.updated', {
    id: idAt(nowMs),
    createdAtMs: nowMs - hourMs / 2,
  })
  await record(storage, ahead)

  assert.deepEqual(await idsOf(storage, { untilMs: nowMs - hourMs / 4 }), [ahead.id])
  assert.deepEqual(await idsOf(storage, { sinceMs: nowMs - hourMs / 4 }), [])
})

test('each filter must match', async (t) => {
  const storage = await startStorage(t)
  const plain = eventAt(nowMs)
  const other = {
    action: eventAt(nowMs, { action: 'client.revoked' }),
    actorId: eventAt(nowMs, { actorId: 'cli' }),
    clientId: eventAt(nowMs, { clientId: 'c' }),
    traceId: eventAt(nowMs, { traceId: 't' }),
  }
  const both = eventAt(nowMs + 1, { actorId: 'cli', clientId: 'c', traceId: 't' })
  await record(storage, plain, ...Object.values(other), both)

  const { action, actorId, clientId, traceId } = other
  assert.deepEqual(await idsOf(storage, { action: 'client.revoked' }), [action.id])
  assert.deepEqual(await idsOf(storage, { actorId: 'cli' }), [both.id, actorId.id])
  assert.deepEqual(await idsOf(storage, { clientId: 'c' }), [both.id, clientId.id])
  assert.deepEqual(await idsOf(storage, { traceId: 't' }), [both.id, traceId.id])
  assert.deepEqual(await idsOf(storage, { clientId: 'c', actorId: 'cli' }), [both.id])
  assert.deepEqual(await idsOf(storage, { actorId: 'cli', action: 'client.updated' }), [
    both.id,
    actorId.id,
  ])
  assert.deepEqual(await idsOf(storage, { clientId: 'c', traceId: 'none' }), [])
  assert.deepEqual(await idsOf(storage, { action: 'nothing.known' }), [])
})

test('an empty actor or client is a value like any other, and finds no client', async (t) => {
  const storage = await startStorage(t)
  const nobody = eventAt(nowMs, { actorId: '' })
  await record(storage, nobody, eventAt(nowMs))

  assert.deepEqual(await idsOf(storage, { actorId: '' }), [nobody.id])
  assert.deepEqual(await idsOf(storage, { clientId: '' }), [])
})

test('tokens of a client are found among its other rows, newest first', async (t) => {
  const storage = await withOwners(t)
  const before = eventAt(nowMs - 3000, { clientId: 'client' })
  const bound = issuance({ id: idAt(nowMs - 2000), issuedAtMs: nowMs - 2000 })
  const between = eventAt(nowMs - 1000, { clientId: 'client' })
  const unbound = unboundToken({ jti: idAt(nowMs) })
  await record(storage, before)
  await storage.commit('commitMachineIssuance', boundIssue(bound))
  await record(storage, between)
  await storage.commit('commitMachineIssuance', unboundIssue(unbound))
  const tokens = [unbound.jti, bound.id]

  assert.deepEqual(await idsOf(storage, { clientId: 'client' }), [
    unbound.jti,
    between.id,
    bound.id,
    before.id,
  ])
  assert.deepEqual(await idsOf(storage, { actorId: 'client' }), tokens)
  for (const over of [{ clientId: 'client' }, { actorId: 'client' }, {}]) {
    const action = 'client_credentials.issued'
    assert.deepEqual(await idsOf(storage, { ...over, action }), tokens)
  }
  const denied = { clientId: 'client', action: 'client_credentials.denied' }
  assert.deepEqual(await idsOf(storage, denied), [])
  assert.deepEqual(await idsOf(storage, { clientId: 'client', actorId: 'admin' }), [
    between.id,
    before.id,
  ])
})

test('tokens of a client are found when it is deleted', async (t) => {
  const storage = await withOwners(t)
  const bound = issuance()
  const unbound = unboundToken()
  await storage.commit('commitMachineIssuance', boundIssue(bound))
  await storage.commit('commitMachineIssuance', unboundIssue(unbound))
  await storage.commit('deleteClient', {
    id: 'client',
    force: true,
    deadBelow: { issuances: 0, unbound: 0 },
    nowMs,
    audit: eventAt(nowMs - 1000 * hourMs),
  })

  const found = await idsOf(storage, { clientId: 'client' })

  assert.deepEqual(new Set(found), new Set([bound.id, unbound.jti]))
})

for (const [what, filter] of [
  ['the whole log', {}],
  ['a client', { clientId: 'client' }],
  ['an actor', { actorId: 'client' }],
] as const) {
  test(`pages of ${what} leave nothing out and repeat nothing`, async (t) => {
    const storage = await withOwners(t)
    issueMany(storage, 'client', 60)
    await record(storage, eventAt(nowMs - 30, { actorId: 'client', clientId: 'client' }))
    const whole = await idsOf(storage, filter)

    const pages: string[] = []
    for (let skip = 0; skip < 70; skip += 7) {
      pages.push(...(await idsOf(storage, { ...filter, skip, limit: 7 })))
    }

    assert.equal(whole.length, 61)
    assert.deepEqual(pages, whole)
  })
}

for (const [what, filter] of [
  ['the whole log', {}],
  ['a client', { clientId: 'client' }],
] as const) {
  test(`a deep page of ${what} comes in steps of a bounded number of rows`, async (t) => {
    const storage = await withOwners(t)
    issueMany(storage, 'client', 12_000)
    const last = await idsOf(storage, { ...filter, skip: 11_999, limit: 10 })
    const { events, steps } = await search(storage, { ...filter, skip: 11_990, limit: 10 })

    assert.equal(events.length, 10)
    assert.deepEqual(last, [events.at(-1)?.id])
    assert.equal(steps, 3)
  })

  test(`a search of ${what} for what is not there takes many steps, not one`, async (t) => {
    const storage = await withOwners(t)
    issueMany(storage, 'client', 12_000)

    const { events, steps } = await search(storage, { ...filter, traceId: 'none' })

    assert.deepEqual(events, [])
    assert.equal(steps, 3)
  })
}

test('a row of a rare kind is found behind many others', async (t) => {
  const storage = await withOwners(t)
  const rare = eventAt(nowMs - 20_000, { clientId: 'client', traceId: 'rare' })
  await record(storage, rare)
  issueMany(storage, 'client', 12_000)

  assert.deepEqual(await idsOf(storage, { traceId: 'rare' }), [rare.id])
  assert.deepEqual(await idsOf(storage, { traceId: 'rare', clientId: 'client' }), [rare.id])
  assert.deepEqual(await idsOf(storage, { clientId: 'client', actorId: 'admin' }), [rare.id])
})

const plans: readonly (readonly [string, Partial<AuditQuery>, readonly RegExp[]])[] = [
  ['no filter', {}, [/SEARCH audit_events USING PRIMARY KEY \(id>\? AND id<\?\)/]],
  ['a trace', { traceId: 't' }, [/SEARCH audit_events USING PRIMARY KEY \(id>\? AND id<\?\)/]],
  ['issued tokens', { action: 'client_credentials.issued' }, [/USING PRIMARY KEY \(id>\? AND id</]],
  ['an action', { action: 'key.rotated' }, [/audit_events_action \(action=\? AND id>\? AND id<\?/]],
  [
    'a client',
    { clientId: 'c' },
    [
      /audit_events_client_id \(client_id=\? AND id>\? AND id<\?\)/,
      /issuances_client_id \(client_id=\? AND rowid>\? AND rowid<\?\)/,
    ],
  ],
  [
    'an actor',
    { actorId: 'a' },
    [
      /audit_events_actor_id \(actor_id=\? AND id>\? AND id<\?\)/,
      /issuances_subject_user_id \(subject_user_id=\? AND rowid>\? AND rowid<\?\)/,
      /audit_events_client_id \(client_id=\? AND id>\? AND id<\?\)/,
      /issuances_client_id \(client_id=\? AND rowid>\? AND rowid<\?\)/,
    ],
  ],
]
for (const [what, filter, indexes] of plans) {
  test(`a search for ${what} reads its indexes and sorts nothing`, async (t) => {
    const storage = await startStorage(t)
    const database = new Database(storage.path, { readonly: true })
    t.after(() => database.close())
    const explain = ({ text, values }: Statement): string =>
      database
        .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${text.join('?')}`)
        .all(values)
        .map(({ detail }) => detail)
        .join('\n')

    const orders = auditOrders({ ...everything, ...filter })

    assert.equal(orders.length, indexes.length)
    for (const [index, { start, end, rows }] of orders.entries()) {
      for (const statement of [end(start, 10), rows(start, null, { limit: 10, offset: 0 })]) {
        const plan = explain(statement)
        assert.match(plan, indexes[index] ?? /never/)
        assert.doesNotMatch(plan, /TEMP B-TREE|SCAN (audit_events|a|i|issuances)\b/)
      }
    }
  })
}

test('rows of tokens with an issuance take no place in the index of clients', async (t) => {
  const storage = await withOwners(t)
  issueMany(storage, 'client', 10)
  await record(storage, eventAt(nowMs, { clientId: 'client' }))

  const [counted] = storage.query(`
    SELECT count(*) AS entries FROM audit_events INDEXED BY audit_events_client_id
    WHERE client_id <> '' AND has_issuance = 0`)

  assert.deepEqual(counted, { entries: 1 })
})
