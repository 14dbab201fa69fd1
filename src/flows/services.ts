// What every use case may use: the actors, time, chance, settings, log and meters. Made once by
// boot, passed as the first argument.
import type { KeyObject } from 'node:crypto'
import type { ActorRef, AskOptions } from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Log, TraceContext, Tracer } from '../base/telemetry.ts'
import type { ServerFeatures } from '../oauth/server-metadata.ts'
import type { RegistrationMode } from '../records/runtime-setting.ts'
import type { SigningAlgorithm } from '../records/signing-key.ts'
import type { PublishedKeySet } from './keys/published-key-set.ts'

/** The configuration that use cases read. */
export interface Settings {
  readonly features: ServerFeatures
  readonly clientCredentials: { readonly tokenLifeSeconds: number }
  readonly signingAlgorithm: SigningAlgorithm
  /** Key of stored `hs256$` secrets, or null. */
  readonly clientSecretPepper: KeyObject | null
  readonly registration: RegistrationSettings
  readonly audit: { readonly defaultLookbackMs: number; readonly maxLookbackMs: number }
  readonly system: SystemFacts
}

/** How clients register themselves, as configured (spec 06 §4.4, §4.8). */
export interface RegistrationSettings {
  readonly mode: RegistrationMode
  /** Whether a stored mode wins over the configured one: only while it can be changed (06 §1). */
  readonly isSwitchable: boolean
  readonly approvedRedirects: readonly string[]
  /** Scope ceiling of clients that register themselves; empty = none. */
  readonly defaultClientScope: string
}

/** What administrators see of the configuration: drivers and flags, nothing secret (05 §4.8). */
export interface SystemFacts {
  readonly version: string
  readonly startedAtMs: number
  readonly storageDriver: string
  readonly signingKeyStore: string
  /** Empty = no data encryption. */
  readonly encryptionDriver: string
  readonly isRateLimited: boolean
  readonly isClientCredentialsEnabled: boolean
  readonly dpop: {
    readonly isEnabled: boolean
    readonly nonceLifeMs: number
    readonly isNonceRequired: boolean
  }
  readonly tokenExchange: { readonly isEnabled: boolean; readonly chainDepthMax: number }
  readonly listsAgentsInJwks: boolean
  readonly isOidcEnabled: boolean
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
