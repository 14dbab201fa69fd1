// Time of the simulation. It stands still while anything is runnable and moves only when the
// scheduler says so; each inhabitant has a clock of its own on it, which ends with its owner.
import type { Clock } from '../../src/base/clock.ts'

interface Timer {
  readonly atMs: number
  readonly owner: string
  readonly work: () => void
}

/** A clock that falls silent when its owner dies: no timer of a dead thread fires. */
export interface OwnedClock extends Clock {
  end(): void
}

/** 2026-01-01: any instant will do, so that runs do not depend on today. */
const startMs = 1_767_225_600_000

export class SimulatedTime {
  #elapsedMs = 0
  #wallOffsetMs = startMs
  #timers: Timer[] = []

  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** Moves the wall clock only, as an operator or a time server would. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms
  }

  /** When the next timer is due; null = there is none. */
  nextDueMs(): number | null {
    return this.#timers[0]?.atMs ?? null
  }

  advanceTo(ms: number): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, ms)
  }

  /** Removes and returns the earliest timer that is due now. */
  takeDue(): { readonly owner: string; readonly work: () => void } | null {
    const [first] = this.#timers
    if (first === undefined || first.atMs > this.#elapsedMs) return null
    this.#timers.shift()
    return first
  }

  /** A clock for `owner`; what it does at the end of a turn goes to `soon`. */
  clockOf(owner: string, soon: (work: () => void) => void): OwnedClock {
    let hasEnded = false
    const mine = new Set<Timer>()
    const unlessEnded = (work: () => void) => (): void => {
      if (!hasEnded) work()
    }
    return {
      nowMs: () => this.#wallOffsetMs + this.#elapsedMs,
      monotonicMs: () => this.#elapsedMs,
      after: (delayMs, work) => {
        if (hasEnded) return () => undefined
        const atMs = this.#elapsedMs + Math.max(0, Math.ceil(delayMs))
        const timer: Timer = { atMs, owner, work }
        mine.add(timer)
        this.#insert(timer)
        return () => {
          mine.delete(timer)
          this.#remove(timer)
        }
      },
      soon: (work) => soon(unlessEnded(work)),
      end: () => {
        hasEnded = true
        for (const timer of mine) this.#remove(timer)
        mine.clear()
      },
    }
  }

  /** Behind those of the same instant: timers fire in the order in which they were set. */
  #insert(timer: Timer): void {
    let at = this.#timers.length
    while (at > 0 && (this.#timers[at - 1]?.atMs ?? 0) > timer.atMs) at -= 1
    this.#timers.splice(at, 0, timer)
  }

  #remove(timer: Timer): void {
    const at = this.#timers.indexOf(timer)
    if (at !== -1) this.#timers.splice(at, 1)
  }
}
