// Verification of our own access tokens against the published keys (spec 02 §2.4): public keys
// only, each imported once. Every refusal costs one check of a signature, so that the time taken
// does not tell a token that nobody signed from one that is none of the caller's business (IN-09).
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import {
  acceptClaims,
  type OwnTokenClaims,
  type UnverifiedToken,
} from '../../oauth/access-token-check.ts'
import { decodeBase64url } from '../../oauth/compact-jws.ts'
import type { PublicJwk, PublishedKeys } from '../../records/signing-key.ts'
import type { Services } from '../services.ts'

/**
 * The claims of a token that we have signed and that is within its time, else null. `token` null
 * stands for a text that is no token of our kind.
 */
export function verifyOwnToken(
  services: Services,
  token: UnverifiedToken | null,
): OwnTokenClaims | null {
  const keys = services.publishedKeys.keys()
  const key = token === null ? null : keyOf(keys, token)
  if (token === null || key === null) {
    isSigned(keys.current, nothing, forgeryFor(keys.current))
    return null
  }
  const signature = decodeBase64url(token.jws.signature) ?? nothing
  if (!isSigned(key, Buffer.from(token.jws.signingInput, 'latin1'), signature)) return null
  return acceptClaims(token, {
    issuer: services.settings.features.issuer,
    nowSeconds: Math.floor(services.clock.nowMs() / 1000),
    skewSeconds: services.settings.clockSkewSeconds,
  })
}

const nothing = Buffer.alloc(0)

/** The published key that a token names; its algorithm is the key's, whatever the token says. */
function keyOf(keys: PublishedKeys, { kid, algorithm }: UnverifiedToken): PublicJwk | null {
  const published = [keys.current, keys.prepared, keys.previous]
  return published.find((key) => key?.kid === kid && key.alg === algorithm) ?? null
}

/** Lives as long as the published key: a new set of keys brings new ones. */
const imported = new WeakMap<PublicJwk, KeyObject>()

function importedKey(jwk: PublicJwk): KeyObject {
  const known = imported.get(jwk)
  if (known !== undefined) return known
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  imported.set(jwk, key)
  return key
}

function isSigned(jwk: PublicJwk, input: Buffer, signature: Buffer): boolean {
  const key = importedKey(jwk)
  if (jwk.alg === 'RS256') return verify('sha256', input, key, signature)
  // RFC 7518 §3.4: R‖S of 32 bytes each, nothing else.
  const options = { key, dsaEncoding: 'ieee-p1363' as const }
  return signature.byteLength === 64 && verify('sha256', input, options, signature)
}

/** A signature that is well formed, and wrong: what is ill formed is refused sooner. */
function forgeryFor(jwk: PublicJwk): Buffer {
  const bytes =
    jwk.alg === 'ES256' ? 64 : (importedKey(jwk).asymmetricKeyDetails?.modulusLength ?? 0) / 8
  return Buffer.alloc(bytes, 1)
}
