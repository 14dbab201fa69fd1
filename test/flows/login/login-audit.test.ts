// Rows of what happens in browsers (spec 08 §5).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { lockedOutEvent, loginEvent } from '../../../src/flows/login/login-audit.ts'

const stamp = { clock: { ...systemClock, nowMs: () => 1_800_000_000_000 }, random: systemRandom() }
const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: false }

test('a row tells who, from where, when and in which trace', () => {
  const visitor = { ip: '192.0.2.1', trace }
  const event = loginEvent(stamp, visitor, { action: 'user.login', actorId: 'ada', detail: '' })

  assert.deepEqual(
    { ...event, id: event.id.slice(14, 15) },
    {
      id: '7',
      action: 'user.login',
      actorId: 'ada',
      clientId: '',
      ip: '192.0.2.1',
      detail: '',
      traceId: 'a'.repeat(32),
      createdAtMs: 1_800_000_000_000,
    },
  )
})

test('a lockout names its end and nobody', () => {
  const event = lockedOutEvent(stamp, { ip: '192.0.2.1', trace: null }, 1_800_000_900_000)

  assert.equal(event.actorId, '')
  assert.equal(event.detail, 'until=2027-01-15T08:15:00Z')
  assert.equal(event.traceId, '')
})
