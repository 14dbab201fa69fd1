// What every use case may use: the actors, time, chance, settings, log and meters. Made once by
// boot, passed as the first argument.
import type { DpopReplayProtocol } from '../../actors/dpop-replay/protocol.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import type { ActorRef, AskOptions } from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Log, TraceContext, Tracer } from '../base/telemetry.ts'
import type { ClientDocuments } from '../outbound/client-metadata.ts'
import type { PublishedKeySet } from './keys/published-key-set.ts'
import type { FlowMeters } from './meters.ts'
import type { Settings } from './settings.ts'
import type { DpopNonces } from './token/dpop-nonces.ts'

export interface Services {
  readonly storage: ActorRef<StorageProtocol>
  readonly signer: ActorRef<SignerProtocol>
  readonly dpopReplay: ActorRef<DpopReplayProtocol>
  readonly dpopNonces: DpopNonces
  readonly passwordPool: ActorRef<PasswordPoolProtocol>
  readonly clientDocuments: ClientDocuments
  readonly publishedKeys: PublishedKeySet
  readonly settings: Settings
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly tracer: Tracer
  readonly meters: FlowMeters
}

/** Options of an ask that belongs to a request: the usual deadline from now. */
export function askOptions(
  services: { readonly clock: Clock },
  trace: TraceContext | null,
): AskOptions {
  return { deadlineMs: services.clock.monotonicMs() + limits.askMs, trace }
}
