// The part of the configuration that each worker receives, and nothing else (architecture §4.4).
import type { DpopReplaySlice } from '../../actors/dpop-replay/protocol.ts'
import type { SignerSlice } from '../../actors/signer/protocol.ts'
import type { StorageSlice } from '../../actors/storage/protocol.ts'
import { deriveKey } from '../base/hash.ts'
import { limits } from '../base/limits.ts'
import type { Config } from './schema.ts'
import type { Secrets } from './secrets.ts'

/** What the storage worker knows; whether it may migrate is for whoever starts it to say (B52). */
export function storageSlice({ storage, actors }: Config): Omit<StorageSlice, 'mayMigrate'> {
  return {
    path: storage.sqlite.path,
    wal: storage.sqlite.wal,
    commitRowsMax: actors.storage.commitRowsMax,
  }
}

/** What the signer's worker knows. */
export function signerSlice(config: Config): SignerSlice {
  const tokenLifeSecondsMax = longestTokenLifeSeconds(config)
  return {
    issuer: config.server.issuer,
    keyPath: config.signing.keyPath,
    algorithm: config.signing.algorithm,
    tokenLifeSecondsMax,
    rotationGapMs: (tokenLifeSecondsMax + limits.keySetLifeSeconds) * 1000,
  }
}

/** What the threads that check proofs know: of the session secret only what nonces need. */
export function dpopReplaySlice({ dpop, oauth }: Config, secrets: Secrets): DpopReplaySlice {
  return {
    proofLifeMs: dpop.proofLifetimeSeconds * 1000,
    nonceLifeMs: dpop.nonceTtlSeconds * 1000,
    clockSkewMs: oauth.clockSkewSeconds * 1000,
    nonceSecret: deriveKey(secrets.bytes('session.secret'), 'dpop-nonce'),
  }
}

/**
 * The longest life of any access token, over all grants. A grant that is switched off counts too:
 * its tokens of before the switch may still be alive.
 */
function longestTokenLifeSeconds({ clientCredentials, dcr }: Config): number {
  return Math.max(clientCredentials.tokenExpirySeconds, dcr.defaultTokenExpirySeconds)
}
