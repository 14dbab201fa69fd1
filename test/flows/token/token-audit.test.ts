// Audit rows of the token endpoint (src/flows/token/token-audit.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { denialReason, grantDenied, tokenEvent } from '../../../src/flows/token/token-audit.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { createHandClock } from '../../support/hand-clock.ts'

const nowMs = Date.UTC(2026, 2, 1)
const stamp = { clock: createHandClock(nowMs), random: systemRandom() }
const traceId = '0af7651916cd43dd8448eb211c80319c'
const trace = { traceId, spanId: 'b7ad6b7169203331', isSampled: true }
const caller = { ip: '192.0.2.7', trace, requestId: 'r1' }

test('a row says when, from where, and within which trace', () => {
  const event = { action: 'token.issued', actorId: 'u', clientId: 'c', detail: 'family=f' } as const
  const row = tokenEvent(stamp, caller, event)

  assert.deepEqual(
    { ...row, id: '' },
    { ...event, id: '', ip: '192.0.2.7', traceId, createdAtMs: nowMs },
  )
})

test('a request without a trace leaves that empty', () => {
  const event = { action: 'token.issued', actorId: 'u', clientId: 'c', detail: '' } as const

  assert.equal(tokenEvent(stamp, { ...caller, trace: null }, event).traceId, '')
})

test('a denial names the client and the error code, and nothing of the request', () => {
  const error = new OAuthError('invalid_scope', 'a requested scope was not granted')
  const row = grantDenied(stamp, caller, {
    action: 'token.refresh_denied',
    clientId: 'app',
    error,
  })

  assert.equal(row.detail, 'reason=invalid_scope')
  assert.deepEqual([row.actorId, row.clientId], ['app', 'app'])
})

test('outages and bugs have reasons of their own', () => {
  assert.equal(
    denialReason(new ActorError('deadline-exceeded', 'storage', 'late')),
    'temporarily_unavailable',
  )
  assert.equal(denialReason(new Error('a bug')), 'server_error')
})
