// Refs that measure and trace: they add nothing to what an ask does, and miss no outcome of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timedRef, tracedRef } from '../../../actors/runtime/observed-ref.ts'
import {
  ActorError,
  type ActorRef,
  type Ask,
  type Outcome,
} from '../../../actors/runtime/protocol.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import type { TraceContext } from '../../../src/base/telemetry.ts'
import { createTracer, type SpanRecord } from '../../../src/telemetry/tracer.ts'

type Till = {
  readonly takeMoney: Ask<{ readonly cents: number }, { readonly left: number }, 'too-little'>
}

interface Asked {
  readonly trace: TraceContext | null
}

/** A till with 100 cents that crashes at 0. */
function till(asked: Asked[]): ActorRef<Till> {
  return {
    name: 'till',
    async ask(_kind, { cents }, { trace }) {
      asked.push({ trace })
      if (cents === 0) throw new ActorError('actor-crashed', 'till', 'zero')
      const outcome: Outcome<Till, 'takeMoney'> =
        cents > 100
          ? { ok: false, refusal: 'too-little' }
          : { ok: true, reply: { left: 100 - cents } }
      return outcome as never // the only kind there is
    },
    tell: () => 'queued',
    load: () => ({ depth: 1, capacity: 2, highWater: 1, settled: 0 }),
  }
}

function traced() {
  const spans: SpanRecord[] = []
  const asked: Asked[] = []
  const tracer = createTracer({
    clock: systemClock,
    random: systemRandom(),
    sampleRate: 1,
    admit: () => true,
    record: (span) => spans.push(span),
  })
  return { spans, asked, tracer, ref: tracedRef(till(asked), 'Till', tracer) }
}

const ask = (ref: ActorRef<Till>, cents: number, trace: TraceContext | null) =>
  ref.ask('takeMoney', { cents }, { deadlineMs: Number.MAX_VALUE, trace })

describe('a traced ref', () => {
  it('makes each ask a step of its trace, and hands the step on', async () => {
    const { ref, tracer, spans, asked } = traced()
    const outer = tracer.accept('outer', null)

    const outcome = await ask(ref, 40, outer.context)

    assert.deepEqual(outcome, { ok: true, reply: { left: 60 } })
    assert.equal(spans[0]?.name, 'Till.TakeMoney')
    assert.equal(spans[0]?.parent, outer.context)
    assert.equal(asked[0]?.trace, spans[0]?.context)
    assert.equal(spans[0]?.failure, null)
  })

  it('tells a refusal, which is no failure', async () => {
    const { ref, tracer, spans } = traced()

    await ask(ref, 140, tracer.accept('outer', null).context)

    assert.deepEqual(spans[0]?.attributes, { refusal: 'too-little' })
    assert.equal(spans[0]?.failure, null)
  })

  it('tells the code of an error, and lets it through', async () => {
    const { ref, tracer, spans } = traced()

    await assert.rejects(ask(ref, 0, tracer.accept('outer', null).context), ActorError)

    assert.equal(spans[0]?.failure, 'actor-crashed')
  })

  it('records nothing outside recorded traces', async () => {
    const { ref, spans, asked } = traced()
    const unsampled = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: false }

    await ask(ref, 1, null)
    await ask(ref, 1, unsampled)

    assert.deepEqual(spans, [])
    assert.deepEqual(
      asked.map(({ trace }) => trace),
      [null, unsampled],
    )
  })
})

describe('a timed ref', () => {
  it('tells of answers and errors how long they took', async () => {
    const told: [string, number][] = []
    const ref = timedRef(till([]), systemClock, (kind, seconds) => told.push([kind, seconds]))

    await ask(ref, 1, null)
    await assert.rejects(ask(ref, 0, null), ActorError)

    assert.deepEqual(
      told.map(([kind]) => kind),
      ['takeMoney', 'takeMoney'],
    )
    assert.ok(told.every(([, seconds]) => seconds >= 0 && seconds < 1))
  })

  it('has name and load of its actor', () => {
    const ref = timedRef(till([]), systemClock, () => undefined)

    assert.deepEqual([ref.name, ref.load().capacity], ['till', 2])
  })
})
