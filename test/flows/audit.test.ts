// Audit events outside units of work (spec 08 §5, decisions D1, D17): their rows, and what stands
// in for a row that is lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  adminEvent,
  clientCredentialsDenied,
  recordEvent,
  recordInBackground,
} from '../../src/flows/audit.ts'
import { createInlineServices, type InlineServices } from '../support/inline-services.ts'
import { rowsSettled } from '../support/settled-rows.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const trace = { traceId, spanId: 'b7ad6b7169203331', isSampled: true }

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

const refusal = { reason: 'invalid_scope', caller: { ip: '192.0.2.7', trace } } as const

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
