// Traces are recorded whole or not at all, by a decision at their first step (spec 08 §4, B42).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/base/random.ts'
import type { Tracer } from '../../../src/base/telemetry.ts'
import { createTracer, type SpanRecord } from '../../../src/telemetry/tracer.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const remote = { traceId, spanId: 'b7ad6b7169203331', isSampled: false }

interface Recorder {
  readonly tracer: Tracer
  readonly spans: readonly SpanRecord[]
}

function recorder(sampleRate: number, admit: () => boolean = () => true): Recorder {
  const spans: SpanRecord[] = []
  let nowMs = 100
  const clock = {
    nowMs: () => 0,
    monotonicMs: () => nowMs++,
    after: () => () => undefined,
    soon: () => undefined,
  }
  const record = (span: SpanRecord): void => void spans.push(span)
  const options = { clock, random: systemRandom(), sampleRate, admit, record }
  return { tracer: createTracer(options), spans }
}

test('a request continues the trace of its sender, whatever that has decided', () => {
  const { tracer, spans } = recorder(1)

  const span = tracer.accept('POST /oauth/token', remote)
  span.end()

  const [record] = spans
  assert.equal(record?.context.traceId, traceId)
  assert.match(record?.context.spanId ?? '', /^[0-9a-f]{16}$/)
  assert.notEqual(record?.context.spanId, remote.spanId)
  assert.equal(record?.parent, remote)
  assert.equal(record?.isEntry, true)
})

test('a request without a trace begins one', () => {
  const { tracer } = recorder(1)

  const [first, second] = [tracer.accept('GET /', null), tracer.accept('GET /', null)]

  assert.match(first.context?.traceId ?? '', /^[0-9a-f]{32}$/)
  assert.notEqual(first.context?.traceId, second.context?.traceId)
})

test('steps know the step above, when they began and ended, and what was said of them', () => {
  const { tracer, spans } = recorder(1)

  const outer = tracer.accept('outer', null)
  const inner = tracer.start('inner', outer.context)
  inner.set({ a: 1 })
  inner.set({ b: 'two' })
  inner.fail('server-error')
  inner.end()
  outer.end()

  const [first, second] = spans
  assert.equal(first?.parent, outer.context)
  assert.deepEqual(first?.attributes, { a: 1, b: 'two' })
  assert.equal(first?.failure, 'server-error')
  assert.deepEqual([first?.startedMs, first?.endedMs], [101, 102])
  assert.deepEqual([second?.startedMs, second?.endedMs, second?.failure], [100, 103, null])
})

test('a step that is ended twice is recorded once', () => {
  const { tracer, spans } = recorder(1)

  const span = tracer.start('work', null)
  span.end()
  span.end()

  assert.equal(spans.length, 1)
})

for (const [why, made] of [
  ['is not sampled', recorder(0)],
  ['finds no room', recorder(1, () => false)],
] as const) {
  test(`a trace that ${why} keeps its ids, and none of its steps is recorded`, () => {
    const outer = made.tracer.accept('outer', { ...remote, isSampled: true })
    const inner = made.tracer.start('inner', outer.context)
    inner.end()
    outer.end()

    assert.equal(outer.isRecorded, false)
    assert.equal(inner.isRecorded, false)
    assert.equal(outer.context?.traceId, traceId)
    assert.equal(outer.context?.isSampled, false)
    assert.equal(inner.context, outer.context)
    assert.deepEqual(made.spans, [])
  })
}

test('room is asked for once per trace that is sampled', () => {
  let asked = 0
  const admit = (): boolean => {
    asked += 1
    return true
  }
  const { tracer } = recorder(1, admit)
  const none = recorder(0, admit)

  const outer = tracer.accept('outer', null)
  tracer.start('inner', outer.context)
  none.tracer.accept('outer', null)

  assert.equal(asked, 1)
})

test('the share of sampled traces is that of the rate, and the same for the same trace', () => {
  const { tracer } = recorder(0.25)
  const again = recorder(0.25)

  const contexts = Array.from({ length: 4000 }, () => tracer.accept('x', null).context)
  const sampled = contexts.filter((context) => context?.isSampled)
  const agreed = contexts.filter((context) => {
    return again.tracer.accept('x', context).context?.isSampled === context?.isSampled
  })

  // Six standard deviations of a fair draw.
  assert.ok(Math.abs(sampled.length - 1000) < 165, String(sampled.length))
  assert.equal(agreed.length, contexts.length)
})
