// The failpoint between an actor's answer and the answer of its sender (spec 00 B27, reliability
// B.3: `respond.before`). Only boot wraps a ref in it, for a test server.

import { unreachable } from '../../src/base/assert.ts'
import { delay, systemClock } from '../../src/base/clock.ts'
import { type FaultBoard, takeFault } from './fault-board.ts'
import { crash } from './faulty.ts'
import { forwarded } from './observed-ref.ts'
import { ActorError, type ActorRef, type Protocol } from './protocol.ts'

export const respondPoint = 'respond.before'

/** A ref whose answers to `kinds` pass the failpoint: what was asked for is done by then. */
export function faultyRef<P extends Protocol>(
  ref: ActorRef<P>,
  board: FaultBoard,
  kinds: readonly string[],
): ActorRef<P> {
  return {
    ...forwarded(ref),
    async ask(kind, request, options) {
      const outcome = await ref.ask(kind, request, options)
      if (kinds.includes(kind)) await strike(board, ref.name, options.deadlineMs)
      return outcome
    },
  }
}

/** @throws ActorError for an error, and for a hang when the deadline of the ask has come. */
async function strike(board: FaultBoard, actor: string, deadlineMs: number): Promise<void> {
  const taken = takeFault(board, respondPoint, 1)
  if (taken === null) return
  const { fault } = taken
  switch (fault.kind) {
    case 'crash':
      return crash(fault.how)
    case 'delay':
      return delay(systemClock, fault.delayMs)
    case 'error':
      throw new ActorError('server-error', actor, 'a test asked for this error')
    case 'hang':
      await delay(systemClock, Math.max(0, deadlineMs - systemClock.monotonicMs()))
      throw new ActorError('deadline-exceeded', actor, 'a test asked for this silence')
    default:
      return unreachable(fault.kind)
  }
}
