// What every use case may use: the actors, time, chance, settings, log and meters. Made once by
// boot, passed as the first argument.
import type { KeyObject } from 'node:crypto'
import type { ActorRef, AskOptions } from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Log } from '../base/telemetry.ts'
import type { ServerFeatures } from '../oauth/server-metadata.ts'
import type { SigningAlgorithm } from '../records/signing-key.ts'
import type { PublishedKeySet } from './keys/published-key-set.ts'

/** The configuration that use cases read. */
export interface Settings {
  readonly features: ServerFeatures
  readonly clientCredentials: { readonly tokenLifeSeconds: number }
  readonly signingAlgorithm: SigningAlgorithm
  /** Key of stored `hs256$` secrets, or null. */
  readonly clientSecretPepper: KeyObject | null
}

/** What use cases count; every label is from a closed set. */
export interface FlowMeters {
  tokenIssued(grantType: string, seconds: number): void
  clientCredentialsDenied(reason: string): void
  auditEventDropped(action: string): void
  clientRegistered(source: string): void
  keyRotated(): void
  keysReloaded(seconds: number): void
}

const uncounted = (): void => undefined

/** Meters of a process that nobody scrapes. */
export const silentMeters: FlowMeters = {
  tokenIssued: uncounted,
  clientCredentialsDenied: uncounted,
  auditEventDropped: uncounted,
  clientRegistered: uncounted,
  keyRotated: uncounted,
  keysReloaded: uncounted,
}

export interface Services {
  readonly storage: ActorRef<StorageProtocol>
  readonly signer: ActorRef<SignerProtocol>
  readonly publishedKeys: PublishedKeySet
  readonly settings: Settings
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly meters: FlowMeters
}

/** Options of an ask that belongs to a request: the usual deadline from now. */
export function askOptions(
  services: { readonly clock: Clock },
  traceId: string | null,
): AskOptions {
  return { deadlineMs: services.clock.monotonicMs() + limits.askMs, traceId }
}
