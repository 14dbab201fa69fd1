// The services that use cases run on, made from configuration and actors.
import { createSecretKey, type KeyObject } from 'node:crypto'
import { timedRef, tracedRef } from '../../actors/runtime/observed-ref.ts'
import type { ActorRef } from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import packageFile from '../../package.json' with { type: 'json' }
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import type { Log, Tracer } from '../base/telemetry.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import { auditedStorage, auditLine } from '../flows/audit.ts'
import { createPublishedKeySet } from '../flows/keys/published-key-set.ts'
import type { FlowMeters, Services, Settings, SystemFacts } from '../flows/services.ts'
import type { GrantType } from '../records/client.ts'
import type { Telemetry } from './telemetry.ts'

export interface ServiceParts {
  readonly loaded: Pick<LoadedConfig, 'config' | 'secrets'>
  readonly storage: ActorRef<StorageProtocol>
  readonly signer: ActorRef<SignerProtocol>
  readonly log: Log
  readonly meters: FlowMeters
  readonly tracer: Tracer
}

type Refs = Pick<ServiceParts, 'storage' | 'signer'>

/**
 * The actors as the server's use cases see them: what is asked of them is timed and traced, and
 * audit rows are counted and logged when they are committed.
 */
export function observed(
  { storage, signer }: Refs,
  { log, metrics, tracing }: Pick<Telemetry, 'log' | 'metrics' | 'tracing'>,
): Refs {
  const timed = timedRef(storage, systemClock, metrics.databaseAsked)
  const tellLine = log.isEnabled('info') ? auditLine(log) : null
  const audited = auditedStorage(timed, (event, trace) => {
    metrics.auditRecorded(event.action)
    tellLine?.(event, trace)
  })
  if (!tracing.isOn) return { storage: audited, signer }
  return {
    storage: tracedRef(audited, 'SQLite', tracing.tracer),
    signer: tracedRef(signer, 'Signer', tracing.tracer),
  }
}

/** Services over running actors; no keys are published yet. */
export function createServices({ loaded, ...parts }: ServiceParts): Services {
  return {
    ...parts,
    publishedKeys: createPublishedKeySet(),
    settings: settingsOf(loaded.config, loaded.secrets),
    clock: systemClock,
    random: systemRandom(),
  }
}

function settingsOf(config: Config, secrets: Secrets): Settings {
  const { clientCredentials } = config
  return {
    features: { issuer: config.server.issuer, grantTypes: servedGrants(config) },
    clientCredentials: { tokenLifeSeconds: clientCredentials.tokenExpirySeconds },
    signingAlgorithm: config.signing.algorithm,
    clientSecretPepper: pepperOf(secrets),
    registration: {
      mode: config.dcr.mode,
      isSwitchable: config.admin.enabled,
      approvedRedirects: config.dcr.approvedRedirects,
      defaultClientScope: config.oauth.defaultClientScope,
    },
    audit: {
      defaultLookbackMs: config.admin.auditDefaultLookbackMs,
      maxLookbackMs: config.admin.auditMaxLookbackMs,
    },
    system: systemFactsOf(config),
  }
}

function systemFactsOf(config: Config): SystemFacts {
  const { dpop, tokenExchange } = config
  return {
    version: packageFile.version,
    startedAtMs: systemClock.nowMs(),
    storageDriver: config.storage.driver,
    signingKeyStore: config.signing.keyStore,
    encryptionDriver: config.dataEncryption.driver,
    isRateLimited: config.rateLimit.enabled,
    isClientCredentialsEnabled: config.clientCredentials.enabled,
    dpop: {
      isEnabled: dpop.enabled,
      nonceLifeMs: dpop.nonceTtlSeconds * 1000,
      isNonceRequired: dpop.requireNonce,
    },
    tokenExchange: {
      isEnabled: tokenExchange.enabled,
      chainDepthMax: tokenExchange.maxChainDepth,
    },
    listsAgentsInJwks: config.agents.enableJwksListing,
    isOidcEnabled: config.oidc.enabled,
  }
}

function servedGrants(config: Config): readonly GrantType[] {
  return config.clientCredentials.enabled ? ['client_credentials'] : []
}

/** The pepper as a key object: no string of it exists in this thread. */
function pepperOf(secrets: Secrets): KeyObject | null {
  return secrets.has('client_secret_pepper')
    ? createSecretKey(secrets.bytes('client_secret_pepper'))
    : null
}
