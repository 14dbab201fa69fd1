// Claims to compact JWT (RFC 7515 §7.1, RFC 9068 §2.1, spec 02 §2.1): the header is encoded once
// per key, so that a token costs one JSON text, two base64url encodings and the signature.
import { type KeyObject, sign } from 'node:crypto'
import type { AccessTokenClaims } from '../../src/oauth/access-token.ts'
import type { SigningAlgorithm } from '../../src/records/signing-key.ts'

/** Makes the compact JWT of claims that have passed the policy. */
export type EncodeJwt = (claims: AccessTokenClaims) => string

/**
 * The encoder of one private key. The key lives in this closure: it cannot be posted or printed.
 */
export function jwtEncoder(kid: string, algorithm: SigningAlgorithm, key: KeyObject): EncodeJwt {
  const header = JSON.stringify({ typ: 'at+jwt', alg: algorithm, kid })
  const prefix = `${Buffer.from(header, 'utf8').toString('base64url')}.`
  // RFC 7518 §3.4: an ES256 signature is R‖S. RS256 has PKCS #1 v1.5 padding, the default for RSA.
  const signingKey = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  return (claims) => {
    const payload = Buffer.from(JSON.stringify(claims), 'utf8').toString('base64url')
    const input = prefix + payload
    // Synchronous on purpose: the thread pool costs more than the signature (performance.md A).
    const signature = sign('sha256', Buffer.from(input, 'latin1'), signingKey)
    return `${input}.${signature.toString('base64url')}`
  }
}
