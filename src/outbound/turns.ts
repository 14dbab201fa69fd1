// Turns at something of which only so much may happen at once: who finds all places taken waits,
// but not for long and not in unbounded company.
import type { Cancel, Clock } from '../base/clock.ts'

/** Gives the place back, once. */
export type Leave = () => void

export interface Turns {
  /** A place, or null when none became free in time. */
  take(): Promise<Leave | null>
}

export interface TurnsOptions {
  readonly clock: Clock
  readonly placesMax: number
  readonly waitersMax: number
  readonly waitMsMax: number
}

interface Waiter {
  readonly admit: (leave: Leave | null) => void
  readonly cancelWait: Cancel
}

/** All places free. */
export function createTurns({ clock, placesMax, waitersMax, waitMsMax }: TurnsOptions): Turns {
  const waiters = new Set<Waiter>()
  let taken = 0

  function leaveOnce(): Leave {
    let isLeft = false
    return () => {
      if (isLeft) return
      isLeft = true
      const [next] = waiters
      if (next === undefined) {
        taken -= 1
        return
      }
      waiters.delete(next)
      next.cancelWait()
      next.admit(leaveOnce())
    }
  }

  function wait(): Promise<Leave | null> {
    return new Promise((admit) => {
      const cancelWait = clock.after(waitMsMax, () => {
        waiters.delete(waiter)
        admit(null)
      })
      const waiter: Waiter = { admit, cancelWait }
      waiters.add(waiter)
    })
  }

  return {
    take: async () => {
      if (taken < placesMax) {
        taken += 1
        return leaveOnce()
      }
      return waiters.size < waitersMax ? wait() : null
    },
  }
}
