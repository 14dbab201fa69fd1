// The threads that hash passwords, behind one ref (spec 00 B49, B50).
import { availableParallelism } from 'node:os'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import { pooledRef } from '../../actors/runtime/pool.ts'
import type { ActorRef } from '../../actors/runtime/protocol.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/schema.ts'

export interface PasswordPool {
  /** One for each thread. */
  readonly refs: readonly ConnectedRef<PasswordPoolProtocol>[]
  /** What flows use. */
  readonly ref: ActorRef<PasswordPoolProtocol>
}

/**
 * The refs of as many threads as `config` asks for; nothing runs behind them yet. What is in work
 * does not count as waiting: the bound of all is the queue and one message for each thread.
 */
export function openPasswordPool({ actors }: Config, clock: Clock): PasswordPool {
  const { threads, queueMax } = actors.cryptoPool
  const count = threads > 0 ? threads : Math.max(1, Math.floor(availableParallelism() / 2))
  const capacity = queueMax + count
  const refs = Array.from(
    { length: count },
    () => new ConnectedRef<PasswordPoolProtocol>({ name: 'password-pool', capacity, clock }),
  )
  return { refs, ref: pooledRef(refs, capacity) }
}
