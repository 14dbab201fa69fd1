// Audit events as files (B42).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditText } from '../../../src/flows/admin/audit-text.ts'
import type { AuditEvent } from '../../../src/records/audit-event.ts'

const event: AuditEvent = {
  id: '0197-1',
  action: 'client.created_admin',
  actorId: 'admin',
  clientId: 'c1',
  ip: '',
  detail: 'name="a, \\"b\\""',
  traceId: '',
  createdAtMs: Date.parse('2026-03-01T12:00:00.750Z'),
}

test('a line of ndjson is the view of one event', () => {
  const { head, rows } = auditText.ndjson

  const lines = rows([event, event]).split('\n')

  assert.equal(head, '')
  assert.deepEqual(lines.slice(2), [''])
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    id: '0197-1',
    action: 'client.created_admin',
    actor_id: 'admin',
    client_id: 'c1',
    ip: '',
    detail: 'name="a, \\"b\\""',
    trace_id: '',
    created_at: '2026-03-01T12:00:00Z',
  })
})

test('a file of CSV has a heading and quotes what needs it', () => {
  const { head, rows } = auditText.csv

  assert.equal(head, 'id,action,actor_id,client_id,ip,detail,trace_id,created_at\r\n')
  assert.equal(
    rows([event]),
    '0197-1,client.created_admin,admin,c1,,"name=""a, \\""b\\""""",,2026-03-01T12:00:00Z\r\n',
  )
})
