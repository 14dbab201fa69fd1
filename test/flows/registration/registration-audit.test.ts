// Rows of clients that come by themselves (src/flows/registration/registration-audit.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/base/random.ts'
import { clientEvent } from '../../../src/flows/registration/registration-audit.ts'
import { createHandClock } from '../../support/hand-clock.ts'

test('a row names the client as actor and as client, and where it came from', () => {
  const stamp = { clock: createHandClock(1000), random: systemRandom() }
  const trace = { traceId: 'trace', spanId: 'span', isSampled: true }
  const told = { action: 'client.registered', ip: '192.0.2.7', detail: 'source=dcr' } as const

  const { id, ...event } = clientEvent(stamp, 'app', { ...told, trace })

  assert.match(id, /^[0-9a-f-]{36}$/)
  const who = { actorId: 'app', clientId: 'app', traceId: 'trace', createdAtMs: 1000 }
  assert.deepEqual(event, { ...told, ...who })
  assert.equal(clientEvent(stamp, 'app', { ...told, trace: null }).traceId, '')
})
