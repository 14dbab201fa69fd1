// The tracer (spec 08 §4, B42): light records of the steps of a trace, made only for traces that
// are recorded. Whether one is, is decided once, at its first step, for all of it: a trace is
// exported whole or not at all.
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Span, SpanAttributes, TraceContext, Tracer } from '../base/telemetry.ts'

/** A step that has ended. */
export interface SpanRecord {
  readonly context: TraceContext
  /** The step above, or null at the top of a trace. */
  readonly parent: TraceContext | null
  /** Whether the step answers a request from outside. */
  readonly isEntry: boolean
  readonly name: string
  /** On the monotonic clock. */
  readonly startedMs: number
  readonly endedMs: number
  readonly attributes: SpanAttributes
  /** Why it failed, or null. */
  readonly failure: string | null
}

export interface TracerOptions {
  readonly clock: Clock
  readonly random: Random
  /** Share of traces that are sampled: 1 and more = all, 0 and less = none. */
  readonly sampleRate: number
  /** Asked once for each sampled trace: whether there is room to record it. */
  readonly admit: () => boolean
  /** Takes every recorded step at its end. */
  readonly record: (span: SpanRecord) => void
}

/** A tracer whose recorded steps go to `record`. */
export function createTracer(options: TracerOptions): Tracer {
  const { clock, random, sampleRate, admit } = options
  const spanId = (): string => random.hex(8)

  function begin(name: string, parent: TraceContext | null, isEntry: boolean): Span {
    const traceId = parent?.traceId ?? random.hex(16)
    const isSampled = isSampledBy(traceId, sampleRate) && admit()
    const context = { traceId, spanId: spanId(), isSampled }
    if (!isSampled) return new UnrecordedSpan(context)
    return new RecordedSpan({ context, parent, isEntry, name, startedMs: clock.monotonicMs() }, end)
  }
  const end = (span: Omit<SpanRecord, 'endedMs'>): void => {
    options.record({ ...span, endedMs: clock.monotonicMs() })
  }

  return {
    accept: (name, remote) => begin(name, remote, true),
    start(name, parent) {
      if (parent === null) return begin(name, null, false)
      if (!parent.isSampled) return new UnrecordedSpan(parent)
      const context = { traceId: parent.traceId, spanId: spanId(), isSampled: true }
      const startedMs = clock.monotonicMs()
      return new RecordedSpan({ context, parent, isEntry: false, name, startedMs }, end)
    },
  }
}

/** 52 of the 56 bits that W3C Trace Context Level 2 wants to be random: all that a double holds. */
const randomBits = 52

/**
 * By the trace's id and nothing else, so that every server with the same rate decides alike, and no
 * sender decides for us (spec 08 §4: not parent-based).
 */
function isSampledBy(traceId: string, rate: number): boolean {
  if (rate >= 1) return true
  if (rate <= 0) return false
  return Number.parseInt(traceId.slice(-randomBits / 4), 16) < rate * 2 ** randomBits
}

class UnrecordedSpan implements Span {
  readonly context: TraceContext
  readonly isRecorded = false

  constructor(context: TraceContext) {
    this.context = context
  }

  set(): void {}

  fail(): void {}

  end(): void {}
}

type Beginning = Omit<SpanRecord, 'attributes' | 'failure' | 'endedMs'>

class RecordedSpan implements Span {
  readonly isRecorded = true
  readonly #beginning: Beginning
  readonly #end: (span: Omit<SpanRecord, 'endedMs'>) => void
  #attributes: SpanAttributes = {}
  #failure: string | null = null
  #isOpen = true

  constructor(beginning: Beginning, end: (span: Omit<SpanRecord, 'endedMs'>) => void) {
    this.#beginning = beginning
    this.#end = end
  }

  get context(): TraceContext {
    return this.#beginning.context
  }

  set(attributes: SpanAttributes): void {
    this.#attributes = { ...this.#attributes, ...attributes }
  }

  fail(reason: string): void {
    this.#failure = reason
  }

  end(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#end({ ...this.#beginning, attributes: this.#attributes, failure: this.#failure })
  }
}
