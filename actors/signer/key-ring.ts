// The keys in the signer's memory (spec 02 §7.1): the current one signs, the previous one verifies,
// a prepared one is published ahead of its first signature. Private halves live in closures only:
// they are never text, never a property, and structured clone refuses to post them.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { assert } from '../../src/base/assert.ts'
import type { PublicJwk, PublishedKeys, SigningAlgorithm } from '../../src/records/signing-key.ts'
import { type EncodeJwt, jwtEncoder } from './encode-jwt.ts'

/** A key that can sign. */
export interface SigningKey {
  readonly jwk: PublicJwk
  readonly encode: EncodeJwt
}

/** What a store holds. Only the current key needs its private half in memory. */
export interface KeyRing {
  readonly current: SigningKey
  readonly previous: PublicJwk | null
  readonly prepared: PublicJwk | null
}

/** Wraps a private key that fits `algorithm`. */
export function signingKey(kid: string, algorithm: SigningAlgorithm, key: KeyObject): SigningKey {
  return { jwk: publicJwk(kid, algorithm, key), encode: jwtEncoder(kid, algorithm, key) }
}

/** The public half of a private key as published (RFC 7517, spec 02 §8). */
export function publicJwk(kid: string, algorithm: SigningAlgorithm, key: KeyObject): PublicJwk {
  const { x, y, n, e } = createPublicKey(key).export({ format: 'jwk' })
  if (algorithm === 'ES256') {
    assert(x !== undefined && y !== undefined, 'a P-256 key has two coordinates')
    return { use: 'sig', kty: 'EC', kid, crv: 'P-256', alg: 'ES256', x, y }
  }
  assert(n !== undefined && e !== undefined, 'an RSA key has a modulus and an exponent')
  return { use: 'sig', kty: 'RSA', kid, alg: 'RS256', n, e }
}

/** The public form of a ring. */
export function publishedKeys(ring: KeyRing): PublishedKeys {
  return { current: ring.current.jwk, previous: ring.previous, prepared: ring.prepared }
}

/** Whether two published sets hold the same keys in the same roles. */
export function isSamePublished(left: PublishedKeys, right: PublishedKeys): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
