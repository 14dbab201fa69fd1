// Public keys of proofs, imported once and kept by the header that they came in: clients send the
// same header with every proof, and an import costs a third of a check.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { sha256Base64url } from '../../src/base/hash.ts'
import type { CompactJws } from '../../src/oauth/compact-jws.ts'
import { decodeBase64url } from '../../src/oauth/compact-jws.ts'
import { readProofHeader } from '../../src/oauth/dpop-proof.ts'
import { type ProofAlgorithm, type PublicKeyMembers, thumbprintOf } from '../../src/oauth/jwk.ts'

interface ProofKey {
  readonly jkt: string
  readonly isSigned: (input: Buffer, signature: Buffer) => boolean
}

export interface KeyCache {
  /** Thumbprint of the key in the header of `jws` if that key has signed it, else null. */
  signerOf(jws: CompactJws): string | null
  /** How many keys are kept. */
  size(): number
}

/** A cache of up to `keysMax` keys; the least recently used goes first. */
export function createKeyCache(keysMax: number): KeyCache {
  // By digest, so that what a client writes into its header is not kept.
  const keys = new LRUCache<string, ProofKey>({ max: keysMax })
  return {
    signerOf: (jws) => {
      const digest = sha256Base64url(jws.header)
      const known = keys.get(digest)
      const key = known ?? readKey(jws.header)
      const signature = decodeBase64url(jws.signature)
      if (key === null || signature === null) return null
      if (!key.isSigned(Buffer.from(jws.signingInput, 'latin1'), signature)) return null
      // Only now: keys that nobody has proved to hold push no other out.
      if (known === undefined) keys.set(digest, key)
      return key.jkt
    },
    size: () => keys.size,
  }
}

function readKey(header: string): ProofKey | null {
  const read = readProofHeader(header)
  if (read === null) return null
  const key = importKey(read.key)
  if (key === null) return null
  return { jkt: thumbprintOf(read.key), isSigned: verifierOf(read.algorithm, key) }
}

/** The key, or null when the numbers are none: a point beside the curve, for example. */
function importKey(members: PublicKeyMembers): KeyObject | null {
  try {
    return createPublicKey({ key: { ...members }, format: 'jwk' })
  } catch {
    return null
  }
}

function verifierOf(algorithm: ProofAlgorithm, key: KeyObject): ProofKey['isSigned'] {
  switch (algorithm) {
    case 'ES256': {
      // RFC 7518 §3.4: R‖S of 32 bytes each, nothing else.
      const options = { key, dsaEncoding: 'ieee-p1363' as const }
      return (input, signature) =>
        signature.byteLength === 64 && verify('sha256', input, options, signature)
    }
    case 'RS256':
      return (input, signature) => verify('sha256', input, key, signature)
    case 'PS256': {
      // RFC 7518 §3.5: the salt is as long as the digest.
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const options = { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      return (input, signature) => verify('sha256', input, options, signature)
    }
  }
}
