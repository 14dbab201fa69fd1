// Actors of DPoP proofs under a supervisor, inline or in threads as in a server, behind the ref
// that flows use.
import { dpopReplayActor } from '../../actors/dpop-replay/dpop-replay-actor.ts'
import type {
  DpopReplayProtocol,
  DpopReplaySlice,
  ProofCheck,
} from '../../actors/dpop-replay/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import { roundTrip } from '../../actors/runtime/codec.ts'
import type { OpenTransport } from '../../actors/runtime/frames.ts'
import { inlineTransport } from '../../actors/runtime/inline-transport.ts'
import type { ActorRef, ReplyOf } from '../../actors/runtime/protocol.ts'
import { createSupervisor, type Supervisor } from '../../actors/runtime/supervisor.ts'
import { workerTransport } from '../../actors/runtime/worker-transport.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import { proofShardsRef } from '../../src/boot/proof-shards.ts'
import { workerEntry } from '../../src/boot/worker-entry.ts'
import { testProofs } from './inline-services.ts'

export const proofUrl = 'https://auth.test/oauth/token'

export type CheckedProof = ReplyOf<DpopReplayProtocol, 'checkProof'>

export interface ProofActors {
  readonly ref: ActorRef<DpopReplayProtocol>
  readonly shards: readonly ActorRef<DpopReplayProtocol>[]
  readonly supervisor: Supervisor
  /** Asks for a proof of POST to `proofUrl`. */
  check(proof: string, change?: Partial<ProofCheck>): Promise<CheckedProof>
  newNonce(): Promise<string>
}

export interface ProofActorOptions {
  readonly placement: 'inline' | 'worker'
  readonly instances: number
  readonly slice: Partial<DpopReplaySlice>
  /** Of inline actors; a worker has that of the machine. */
  readonly clock: Clock
}

/** Starts them; whoever calls stops the supervisor. */
export async function startProofActors(options: ProofActorOptions): Promise<ProofActors> {
  const { clock } = options
  const refs = Array.from(
    { length: options.instances },
    () =>
      new ConnectedRef<DpopReplayProtocol>({
        name: 'dpop-replay',
        capacity: 4096,
        clock: systemClock,
      }),
  )
  const supervisor = createSupervisor({
    clock: systemClock,
    log: silentLog,
    giveUp: () => undefined,
  })
  const slice = testProofs(options.slice)
  await supervisor.start(
    refs.map((ref, instance) => ({
      name: 'dpop-replay',
      instance,
      ref,
      open:
        options.placement === 'inline'
          ? inlineTransport(dpopReplayActor, { deps: slice, clock, carry: roundTrip })
          : inThread(slice),
      restart: 'permanent' as const,
      intensity: { restartsMax: 2, periodMs: 10_000 },
      startMsMax: 30_000,
      stopMsMax: 5000,
      hangMs: 30_000,
      onNotice: () => undefined,
      onRestarted: () => undefined,
    })),
  )
  const ref = proofShardsRef(refs)
  const soon = () => ({ deadlineMs: systemClock.monotonicMs() + 10_000, trace: null })
  return {
    ref,
    shards: refs,
    supervisor,
    check: async (proof, change) =>
      (await ref.ask('checkProof', checkOf(proof, change), soon())).reply,
    newNonce: async () => (await ref.ask('newNonce', {}, soon())).reply.nonce,
  }
}

/** The question about a proof of POST to `proofUrl`. */
export function checkOf(proof: string, change: Partial<ProofCheck> = {}): ProofCheck {
  return {
    proof,
    method: 'POST',
    targets: [proofUrl],
    accessTokenHash: null,
    isNonceRequired: false,
    ...change,
  }
}

function inThread(slice: DpopReplaySlice): OpenTransport {
  return workerTransport({
    name: 'dpop-replay',
    entry: workerEntry('dpop-replay'),
    workerData: slice,
    environment: {},
    memory: { oldSpaceMb: 64, youngSpaceMb: 8 },
  })
}
