// The services that use cases run on, made from configuration and actors.
import type { DpopReplayProtocol } from '../../actors/dpop-replay/protocol.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { timedRef, tracedRef } from '../../actors/runtime/observed-ref.ts'
import type { ActorRef } from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import type { Log, Tracer } from '../base/telemetry.ts'
import type { LoadedConfig } from '../config/load.ts'
import { auditedStorage, auditLine } from '../flows/audit.ts'
import { createPublishedKeySet } from '../flows/keys/published-key-set.ts'
import type { FlowMeters } from '../flows/meters.ts'
import { selfRegistrationPolicy } from '../flows/registration/self-registration-policy.ts'
import type { Services } from '../flows/services.ts'
import { createDpopNonces } from '../flows/token/dpop-nonces.ts'
import { createClientDocuments } from '../outbound/client-metadata.ts'
import { createGuardedFetch } from '../outbound/guarded-fetch.ts'
import { dnsResolve } from '../outbound/resolve.ts'
import { settingsOf } from './settings.ts'
import type { Telemetry } from './telemetry.ts'

export interface ServiceParts {
  readonly loaded: Pick<LoadedConfig, 'config' | 'secrets'>
  readonly storage: ActorRef<StorageProtocol>
  readonly signer: ActorRef<SignerProtocol>
  readonly dpopReplay: ActorRef<DpopReplayProtocol>
  readonly passwordPool: ActorRef<PasswordPoolProtocol>
  readonly log: Log
  readonly meters: FlowMeters
  readonly tracer: Tracer
}

type Refs = Pick<ServiceParts, 'storage' | 'signer' | 'dpopReplay' | 'passwordPool'>

/**
 * The actors as the server's use cases see them: what is asked of them is timed and traced, and
 * audit rows are counted and logged when they are committed.
 */
export function observed(
  { storage, signer, dpopReplay, passwordPool }: Refs,
  { log, metrics, tracing }: Pick<Telemetry, 'log' | 'metrics' | 'tracing'>,
): Refs {
  const timed = timedRef(storage, systemClock, metrics.databaseAsked)
  const tellLine = log.isEnabled('info') ? auditLine(log) : null
  const audited = auditedStorage(timed, (event, trace) => {
    metrics.auditRecorded(event.action)
    tellLine?.(event, trace)
  })
  if (!tracing.isOn) return { storage: audited, signer, dpopReplay, passwordPool }
  return {
    storage: tracedRef(audited, 'SQLite', tracing.tracer),
    signer: tracedRef(signer, 'Signer', tracing.tracer),
    dpopReplay: tracedRef(dpopReplay, 'DpopReplay', tracing.tracer),
    passwordPool: tracedRef(passwordPool, 'PasswordPool', tracing.tracer),
  }
}

/** Services over running actors; no keys are published yet. */
export function createServices({ loaded, ...parts }: ServiceParts): Services {
  const lifeMs = loaded.config.dpop.nonceTtlSeconds * 1000
  const settings = settingsOf(loaded.config, loaded.secrets)
  return {
    ...parts,
    clientDocuments: createClientDocuments({
      fetch: createGuardedFetch({
        clock: systemClock,
        resolve: dnsResolve(null),
        authorities: null,
      }),
      clock: systemClock,
      log: parts.log,
      meters: parts.meters,
      settings: settings.registration.documents,
      policy: selfRegistrationPolicy(settings),
    }),
    dpopNonces: createDpopNonces({ dpopReplay: parts.dpopReplay, clock: systemClock, lifeMs }),
    publishedKeys: createPublishedKeySet(),
    settings,
    clock: systemClock,
    random: systemRandom(),
  }
}
