// The threads that check DPoP proofs, behind one ref (architecture §4, spec 00 B49).
import { availableParallelism } from 'node:os'
import type { DpopReplayProtocol, ProofCheck } from '../../actors/dpop-replay/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { ActorRef } from '../../actors/runtime/protocol.ts'
import { shardedRef } from '../../actors/runtime/shards.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/schema.ts'

export interface ProofShards {
  /** One for each thread. */
  readonly refs: readonly ConnectedRef<DpopReplayProtocol>[]
  /** What flows use. */
  readonly ref: ActorRef<DpopReplayProtocol>
}

/** The refs of as many threads as `config` asks for; nothing runs behind them yet. */
export function openProofShards({ actors }: Config, clock: Clock): ProofShards {
  const { instances, mailboxMax } = actors.dpopReplay
  const count = instances > 0 ? instances : Math.max(1, Math.floor(availableParallelism() / 4))
  const refs = Array.from(
    { length: count },
    () =>
      new ConnectedRef<DpopReplayProtocol>({ name: 'dpop-replay', capacity: mailboxMax, clock }),
  )
  return { refs, ref: proofShardsRef(refs) }
}

/**
 * Proofs go to the thread that the text of their header names: one proof always to the same, and
 * so does a key, as clients write its header in one way only. What goes back is told to all, as a
 * claim no longer says which thread that was; the others do not know it.
 */
export function proofShardsRef(
  refs: readonly ActorRef<DpopReplayProtocol>[],
): ActorRef<DpopReplayProtocol> {
  const [first] = refs
  if (first !== undefined && refs.length === 1) return first
  const keyOf = (kind: string, request: unknown): string =>
    kind === 'checkProof' ? headerOf(request as ProofCheck) : kind
  return {
    ...shardedRef(refs, keyOf),
    tell: (kind, request) => {
      const results = refs.map((ref) => ref.tell(kind, request))
      return results.find((result) => result !== 'queued') ?? 'queued'
    },
  }
}

function headerOf({ proof }: ProofCheck): string {
  return proof.slice(0, Math.max(0, proof.indexOf('.')))
}
