// Audit rows of answers on the consent page (spec 08 §5).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { consentEvent } from '../../../src/flows/authorize/consent-audit.ts'
import { grantAuthorization } from '../../support/grant-records.ts'

const stamp = { clock: { ...systemClock, nowMs: () => 1000 }, random: systemRandom() }
const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true }
const visitor = { ip: '192.0.2.7', trace }
const authorization = grantAuthorization({ codeHash: null, state: 'secret-state' })

test('a yes tells who allowed whom what, and where', () => {
  const { id, ...event } = consentEvent(stamp, visitor, { authorization, scopes: ['a', 'b'] })

  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.deepEqual(event, {
    action: 'consent.granted',
    actorId: 'alice',
    clientId: 'app',
    ip: '192.0.2.7',
    detail: 'resource=https://mcp.test/mcp scopes=a b',
    traceId: trace.traceId,
    createdAtMs: 1000,
  })
})

test('a no tells no scopes, and a request outside of every trace has none', () => {
  const nowhere = { ...visitor, trace: null }
  const event = consentEvent(stamp, nowhere, { authorization, scopes: null })

  assert.equal(event.action, 'consent.denied')
  assert.equal(event.detail, 'resource=https://mcp.test/mcp')
  assert.equal(event.traceId, '')
})
