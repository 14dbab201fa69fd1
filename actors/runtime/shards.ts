// One ref over several instances of an actor: each message goes to the instance that its key names,
// so that one key is always seen by the same state.
import { hash } from 'node:crypto'
import { assert } from '../../src/base/assert.ts'
import type { ActorRef, MailboxLoad, Protocol } from './protocol.ts'

/** Which of `count` instances a key belongs to; the same in every process. */
export function shardOf(key: string, count: number): number {
  const digest = hash('sha256', key, 'buffer')
  return digest.readUInt32BE(0) % count
}

/**
 * A ref that routes by `keyOf(kind, request)`. Its load is that of the fullest instance: that one
 * refuses first.
 */
export function shardedRef<P extends Protocol>(
  refs: readonly ActorRef<P>[],
  keyOf: (kind: string, request: unknown) => string,
): ActorRef<P> {
  const first = refs[0]
  assert(first !== undefined, 'a sharded actor has at least one instance')
  const route = (kind: string, request: unknown): ActorRef<P> =>
    refs[shardOf(keyOf(kind, request), refs.length)] ?? first
  return {
    name: first.name,
    ask: (kind, request, options) => route(kind, request).ask(kind, request, options),
    tell: (kind, request) => route(kind, request).tell(kind, request),
    load: () => {
      const loads = refs.map((ref) => ref.load())
      const settled = loads.reduce((sum, load) => sum + load.settled, 0)
      return { ...loads.reduce(fuller), settled }
    },
  }
}

function fuller(left: MailboxLoad, right: MailboxLoad): MailboxLoad {
  return right.depth / right.capacity > left.depth / left.capacity ? right : left
}
