// A clock that a test moves by hand: nothing happens between two moves.
import type { Clock } from '../../src/base/clock.ts'

export interface HandClock extends Clock {
  /** Lets this much time pass; what falls due runs, in order. */
  advance(byMs: number): void
}

interface Due {
  readonly atMs: number
  readonly work: () => void
}

/** A clock that stands at `startMs` of the wall and at 0 of its own. */
export function createHandClock(startMs: number): HandClock {
  const waiting = new Set<Due>()
  let elapsedMs = 0
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after: (delayMs, work) => {
      const due = { atMs: elapsedMs + delayMs, work }
      waiting.add(due)
      return () => void waiting.delete(due)
    },
    soon: (work) => void setImmediate(work),
    advance: (byMs) => {
      elapsedMs += byMs
      const late = [...waiting].filter(({ atMs }) => atMs <= elapsedMs)
      for (const due of late.toSorted((one, other) => one.atMs - other.atMs)) {
        if (waiting.delete(due)) due.work()
      }
    },
  }
}
