// Steps of an authorization in the trace of their request (spec 08 §4).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentTracer, type Tracer } from '../../../src/base/telemetry.ts'
import { traced } from '../../../src/flows/authorize/traced.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { PageRefusal } from '../../../src/oauth/page-refusal.ts'

const outer = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true }
const inner = { ...outer, spanId: 'c'.repeat(16) }
const step = { name: 'ConsentService.Approve', visitor: { ip: '192.0.2.7', trace: outer } }

function recording(): { readonly tracer: Tracer; readonly events: readonly unknown[] } {
  const events: unknown[] = []
  const tracer: Tracer = {
    ...silentTracer,
    start: (name, parent) => {
      events.push(['start', name, parent?.spanId])
      return {
        context: inner,
        isRecorded: true,
        set: () => undefined,
        fail: (reason) => void events.push(['fail', reason]),
        end: () => void events.push(['end']),
      }
    },
  }
  return { tracer, events }
}

const started = ['start', step.name, outer.spanId]

test('work is done within its step', async () => {
  const { tracer, events } = recording()

  const visitor = await traced({ tracer }, step, async (within) => within)

  assert.deepEqual(visitor, { ip: '192.0.2.7', trace: inner })
  assert.deepEqual(events, [started, ['end']])
})

const failures: readonly (readonly [error: unknown, reason: string])[] = [
  [new PageRefusal('nothing-chosen'), 'nothing-chosen'],
  [new OAuthError('invalid_scope', 'text with data'), 'invalid_scope'],
  [new TypeError('text with data'), 'TypeError'],
]
for (const [error, reason] of failures) {
  test(`a step that throws fails with ${reason} and no text`, async () => {
    const { tracer, events } = recording()

    const work = traced({ tracer }, step, () => Promise.reject(error))

    await assert.rejects(work, (thrown) => thrown === error)
    assert.deepEqual(events, [started, ['fail', reason], ['end']])
  })
}
