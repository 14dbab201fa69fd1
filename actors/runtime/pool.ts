// One ref over several equal instances of an actor without state: each message goes to the one that
// has least to do, and one bound holds for what waits at all of them together.
import { assert } from '../../src/base/assert.ts'
import { ActorError, type ActorRef, type MailboxLoad, type Protocol } from './protocol.ts'

/**
 * A ref that takes at most `capacity` messages that are not answered yet; `mailbox-full` beyond.
 * Equally busy instances are taken in their order, so that a quiet pool keeps to the first.
 */
export function pooledRef<P extends Protocol>(
  refs: readonly ActorRef<P>[],
  capacity: number,
): ActorRef<P> {
  const first = refs[0]
  assert(first !== undefined, 'a pool has at least one instance')
  let highWater = 0
  const sumOf = (count: 'depth' | 'settled'): number =>
    refs.reduce((sum, ref) => sum + ref.load()[count], 0)
  const next = (): ActorRef<P> | null => {
    const waiting = sumOf('depth')
    if (waiting >= capacity) return null
    highWater = Math.max(highWater, waiting + 1)
    return refs.reduce(freer, first)
  }
  return {
    name: first.name,
    ask: (kind, request, options) =>
      next()?.ask(kind, request, options) ??
      Promise.reject(new ActorError('mailbox-full', first.name, kind)),
    tell: (kind, request) => next()?.tell(kind, request) ?? 'mailbox-full',
    load: (): MailboxLoad => ({
      depth: sumOf('depth'),
      capacity,
      highWater,
      settled: sumOf('settled'),
    }),
  }
}

function freer<P extends Protocol>(left: ActorRef<P>, right: ActorRef<P>): ActorRef<P> {
  return right.load().depth < left.load().depth ? right : left
}
