// The services that use cases run on, made from configuration and actors.
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { ActorRef } from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { type Log, silentTracer } from '../base/telemetry.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import { createPublishedKeySet } from '../flows/keys/published-key-set.ts'
import type { FlowMeters, Services, Settings } from '../flows/services.ts'
import type { GrantType } from '../records/client.ts'

export interface ServiceParts {
  readonly loaded: Pick<LoadedConfig, 'config' | 'secrets'>
  readonly storage: ActorRef<StorageProtocol>
  readonly signer: ActorRef<SignerProtocol>
  readonly log: Log
  readonly meters: FlowMeters
}

/** Services over running actors; no keys are published yet. */
export function createServices({ loaded, ...parts }: ServiceParts): Services {
  return {
    ...parts,
    publishedKeys: createPublishedKeySet(),
    settings: settingsOf(loaded.config, loaded.secrets),
    clock: systemClock,
    random: systemRandom(),
    tracer: silentTracer,
  }
}

function settingsOf(config: Config, secrets: Secrets): Settings {
  const { clientCredentials } = config
  return {
    features: { issuer: config.server.issuer, grantTypes: servedGrants(config) },
    clientCredentials: { tokenLifeSeconds: clientCredentials.tokenExpirySeconds },
    signingAlgorithm: config.signing.algorithm,
    clientSecretPepper: pepperOf(secrets),
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
