// What code on every floor may say about itself. Implementations live in src/telemetry.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Ids, counts and names; never a token, code, secret, proof or e-mail address. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Structured log: `message` is constant and greppable, what varies goes into `fields`. */
export type Log = {
  readonly [level in LogLevel]: (message: string, fields?: LogFields) => void
} & {
  /** Whether lines of this level are written; lets hot code skip making their fields. */
  readonly isEnabled: (level: LogLevel) => boolean
}

/**
 * Where a request stands in a distributed trace (W3C Trace Context §3.2): plain data, so that it
 * can travel in messages.
 */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  readonly isSampled: boolean
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** One timed step of a trace; ended exactly once. */
export interface Span {
  /** What child spans, messages and audit rows name; null = outside every trace. */
  readonly context: TraceContext | null
  /** Whether anybody will see it; lets callers skip making attributes. */
  readonly isRecorded: boolean
  set(attributes: SpanAttributes): void
  /** Marks the step as failed; `reason` is a code or class name, never a message with data. */
  fail(reason: string): void
  end(): void
}

export interface Tracer {
  /**
   * Begins the step of a request from outside, below the step of its sender or as a trace of its
   * own (null). Here it is decided whether the trace is recorded; steps below follow.
   */
  accept(name: string, remote: TraceContext | null): Span
  /** Begins a step below one of this process, or a trace of its own (null). */
  start(name: string, parent: TraceContext | null): Span
}

const nothing = (): void => undefined

const silentSpan = (context: TraceContext | null): Span => ({
  context,
  isRecorded: false,
  set: nothing,
  fail: nothing,
  end: nothing,
})

/** A tracer that records nothing: the caller's own trace context is passed on as it came. */
export const silentTracer: Tracer = {
  accept: (_name, remote) => silentSpan(remote),
  start: (_name, parent) => silentSpan(parent),
}

/** The ids of a trace as fields of a log line (spec 08 §3); none outside every trace. */
export function traceFields(trace: TraceContext | null): LogFields {
  return trace === null ? {} : { trace_id: trace.traceId, span_id: trace.spanId }
}

/** A log that says nothing. */
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isEnabled: () => false,
}
