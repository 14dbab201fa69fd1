// Audit events outside units of work (spec 08 §5, decisions D1, D17): their rows, and what stands
// in for a row that is lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { type LogFields, silentLog, type TraceContext } from '../../src/base/telemetry.ts'
import { addPolicyEntry } from '../../src/flows/admin/resource-policy.ts'
import { deleteResource } from '../../src/flows/admin/resources.ts'
import {
  adminEvent,
  auditedStorage,
  auditLine,
  clientCredentialsDenied,
  recordEvent,
  recordInBackground,
} from '../../src/flows/audit.ts'
import { askOptions } from '../../src/flows/services.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import { createInlineServices, type InlineServices } from '../support/inline-services.ts'
import { seedClient, seedLink, seedResource } from '../support/seed.ts'
import { rowsSettled } from '../support/settled-rows.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const trace = { traceId, spanId: 'b7ad6b7169203331', isSampled: true }

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

const refusal = {
  reason: 'invalid_scope',
  caller: { ip: '192.0.2.7', trace, requestId: 'r1' },
} as const

test('a refusal names client, address, trace and reason', async (t) => {
  const { services } = await start(t)

  const { id, createdAtMs, ...event } = clientCredentialsDenied(services, 'm2m', refusal)

  assert.deepEqual(event, {
    action: 'client_credentials.denied',
    actorId: 'm2m',
    clientId: 'm2m',
    ip: '192.0.2.7',
    detail: 'reason=invalid_scope',
    traceId,
  })
  // The first 48 bits of a UUIDv7 are its time, by which audit rows are ordered.
  assert.equal(Number.parseInt(id.replace('-', '').slice(0, 12), 16), createdAtMs)
})

test('a change by an administrator has no address, and perhaps no trace', async (t) => {
  const { services } = await start(t)
  const operator = { actorId: 'admin', trace: null }
  const change = { action: 'client.deleted', clientId: 'm2m', detail: 'force=true' } as const

  const { id, createdAtMs, ...event } = adminEvent(services, operator, change)

  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  assert.ok(createdAtMs <= services.clock.nowMs())
  assert.deepEqual(event, { ...change, actorId: 'admin', ip: '', traceId: '' })
})

test('a recorded event is in the table when recording is over', async (t) => {
  const { services, rows } = await start(t)
  const event = clientCredentialsDenied(services, 'm2m', refusal)

  await recordEvent(services, event, null)

  const [row] = rows('SELECT * FROM audit_events WHERE id = ?', event.id)
  assert.equal(row?.['detail'], 'reason=invalid_scope')
  assert.equal(row?.['trace_id'], traceId)
})

test('an event recorded in the background gets there, too', async (t) => {
  const inline = await start(t)
  const event = clientCredentialsDenied(inline.services, 'm2m', refusal)

  recordInBackground(inline.services, event, null)

  await rowsSettled(inline)
  assert.equal(inline.rows('SELECT 1 FROM audit_events WHERE id = ?', event.id).length, 1)
})

test('a lost event is in the log with all that its row would have held, and counted', async (t) => {
  const inline = await start(t)
  const event = clientCredentialsDenied(inline.services, 'm2m', refusal)
  await inline.stopActor('storage')

  await recordEvent(inline.services, event, null)

  const [line] = inline.lines.filter(({ message }) => message === 'audit event dropped')
  const { created_at, observed_at, error, ...fields } = line?.fields ?? {}
  assert.equal(line?.level, 'error')
  assert.deepEqual(fields, {
    id: event.id,
    action: 'client_credentials.denied',
    actor_id: 'm2m',
    client_id: 'm2m',
    ip: '192.0.2.7',
    detail: 'reason=invalid_scope',
    trace_id: traceId,
  })
  assert.equal(Date.parse(String(created_at)), event.createdAtMs)
  assert.ok(Date.parse(String(observed_at)) >= event.createdAtMs)
  assert.match(String(error), /storage/)
  assert.deepEqual(inline.meterCalls, [['auditEventDropped', 'client_credentials.denied']])
})

/** Services whose storage tells of the rows that it has committed. */
async function startHeard(t: TestContext) {
  const inline = await start(t)
  const heard: (readonly [event: AuditEvent, trace: TraceContext | null])[] = []
  const storage = auditedStorage(inline.services.storage, (event, of) => heard.push([event, of]))
  return { inline, heard, services: { ...inline.services, storage } }
}

test('every unit that commits a row tells of it, with the trace it belongs to', async (t) => {
  const { inline, heard, services } = await startHeard(t)

  await seedClient(services, 'm2m', {})
  await recordEvent(services, clientCredentialsDenied(services, 'm2m', refusal), trace)

  assert.deepEqual(
    heard.map(([{ action, clientId }, of]) => [action, clientId, of]),
    [
      ['client.created_admin', 'm2m', null],
      ['client_credentials.denied', 'm2m', trace],
    ],
  )
  for (const [{ id }] of heard) {
    assert.equal(inline.rows('SELECT 1 FROM audit_events WHERE id = ?', id).length, 1)
  }
})

test('the row of an issued token is told as it is stored', async (t) => {
  const { inline, heard, services } = await startHeard(t)
  await seedClient(services, 'm2m', {})
  const nowMs = services.clock.nowMs()
  const token = {
    jti: services.random.uuidV7(nowMs),
    clientId: 'm2m',
    resourceId: null,
    scopes: ['tools/echo'],
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 1000,
    isAgent: false,
    dpopJkt: null,
  }
  const request = { token, proof: null, caller: { ip: '192.0.2.7', traceId }, nowMs }

  await services.storage.ask('commitMachineIssuance', request, askOptions(services, trace))

  const event = heard.at(-1)?.[0]
  const [row] = inline.rows('SELECT * FROM audit_events WHERE id = ?', token.jti)
  assert.deepEqual(
    [event?.action, event?.actorId, event?.ip, event?.detail, event?.traceId],
    [row?.['action'], row?.['actor_id'], row?.['ip'], row?.['detail'], row?.['trace_id']],
  )
})

test('a unit that is refused, and a read, tell of nothing', async (t) => {
  const { heard, services } = await startHeard(t)
  await seedResource(services, 'r1', {})
  await assert.rejects(seedResource(services, 'r1', {}), /slug-taken/)

  await services.storage.ask('readClient', { id: 'm2m' }, askOptions(services, null))

  assert.equal(heard.length, 1)
})

test('an edit that changes nothing tells of nothing', async (t) => {
  const { heard, services } = await startHeard(t)
  await seedClient(services, 'm2m', {})
  await seedResource(services, 'r1', {})
  const operator = { actorId: 'admin', trace: null }
  const edit = { slug: 'r1', list: 'runtime', entry: 'm2m' } as const

  await addPolicyEntry(services, operator, edit)
  await addPolicyEntry(services, operator, edit)

  const actions = heard.map(([{ action }]) => action)
  assert.deepEqual(actions.slice(2), ['resource.policy.runtime.client.added'])
})

test('a deletion that takes links with it tells of each of them', async (t) => {
  const { inline, heard, services } = await startHeard(t)
  await seedResource(services, 'r1', {})
  await seedResource(services, 'r2', {})
  seedLink(inline, { source: 'r1', target: 'r2' })

  await deleteResource(services, { actorId: 'admin', trace: null }, { id: 'r1', cascade: true })

  const actions = heard.map(([{ action }]) => action)
  assert.deepEqual(actions.slice(2), ['fronting_link.deleted', 'resource.deleted'])
})

test('the line of a row has its members and the ids of its trace', () => {
  const lines: (readonly [message: string, fields: LogFields | undefined])[] = []
  const log = { ...silentLog, info: (...line: (typeof lines)[number]) => void lines.push(line) }
  const event = { ...clientCredentialsDenied(stamp, 'm2m', refusal), detail: 'reason=x' }

  auditLine(log)(event, trace)

  assert.deepEqual(lines, [
    [
      'audit',
      {
        action: 'client_credentials.denied',
        actor_id: 'm2m',
        client_id: 'm2m',
        ip: '192.0.2.7',
        detail: 'reason=x',
        trace_id: traceId,
        span_id: trace.spanId,
      },
    ],
  ])
})

const stamp = { clock: systemClock, random: systemRandom() }
