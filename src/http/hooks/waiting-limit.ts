// How many messages to actors may wait: as many as are answered in a short time at the rate at
// which the actors answer now (Little's law). A slow disk or a stall lowers the number within a
// fraction of a second, and nobody who is let in waits long (reliability B9, G5).
import type { MailboxLoad } from '../../../actors/runtime/protocol.ts'
import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'

/** How long answers are counted before the rate is known anew. */
const measureMs = 50

/** What is looked at: messages that wait for an answer, and those that have had one. */
export interface Waiting {
  readonly waiting: number
  readonly settled: number
}

/** Both over all `loads`. */
export function waitingOf(loads: readonly MailboxLoad[]): Waiting {
  let [waiting, settled] = [0, 0]
  for (const load of loads) {
    waiting += load.depth
    settled += load.settled
  }
  return { waiting, settled }
}

/**
 * A function that is told of each look and returns the number of messages that may wait now,
 * infinity while there is not enough work for the rate to say what the actors could do.
 */
export function createWaitingLimit(clock: Clock): (now: Waiting) => number {
  let limit = Number.POSITIVE_INFINITY
  let since = { atMs: clock.monotonicMs(), settled: 0, isBusy: false }

  return ({ waiting, settled }) => {
    const atMs = clock.monotonicMs()
    const passedMs = atMs - since.atMs
    if (passedMs < measureMs) return limit
    const isBusy = waiting >= limits.waitingMessagesMin
    const answered = (settled - since.settled) / passedMs
    limit = since.isBusy && isBusy ? next(limit, answered) : Number.POSITIVE_INFINITY
    since = { atMs, settled, isBusy }
    return limit
  }
}

/** Half the old and half the new: one long turn of the event loop is not yet a slow server. */
function next(before: number, answeredPerMs: number): number {
  const measured = Math.max(limits.waitingMessagesMin, answeredPerMs * limits.waitingMsMax)
  return Number.isFinite(before) ? (before + measured) / 2 : measured
}
