// The one place that reads time and sets timers. Everything else receives a `Clock`, so that the
// simulator owns time and the order in which waiting work runs.

/** Cancels what it was returned for; calling it twice, or after the event, does nothing. */
export type Cancel = () => void

export interface Clock {
  /** Wall-clock time, integer milliseconds since the Unix epoch. For stored instants and claims. */
  nowMs(): number
  /** Monotonic milliseconds, the same scale in all threads and processes of a machine. */
  monotonicMs(): number
  /** Calls `work` once, not before `delayMs`; does not keep the process alive. */
  after(delayMs: number, work: () => void): Cancel
  /** Calls `work` at the end of this event-loop turn, after the input that is already waiting. */
  soon(work: () => void): void
}

/** `hrtime` is process-wide, `performance.now` starts with the thread: the offset joins them. */
const monotonicOffsetMs = hrtimeMs() - performance.now()

function hrtimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now() + monotonicOffsetMs,
  after: (delayMs, work) => {
    const timer = setTimeout(work, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (work) => {
    setImmediate(work)
  },
}

/** Resolves after `delayMs` on `clock`. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve)
  })
}
