// The part of the configuration that each worker receives, and nothing else (architecture §4.4).
import type { SignerSlice } from '../../actors/signer/protocol.ts'
import type { StorageSlice } from '../../actors/storage/protocol.ts'
import { limits } from '../base/limits.ts'
import type { Config } from './schema.ts'

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

/**
 * The longest life of any access token, over all grants. A grant that is switched off counts too:
 * its tokens of before the switch may still be alive.
 */
function longestTokenLifeSeconds({ clientCredentials }: Config): number {
  return clientCredentials.tokenExpirySeconds
}
