// Public keys that clients prove possession of, as JSON Web Keys (RFC 7517, RFC 7518 §6, spec 02
// §6.2): which ones are acceptable, and their thumbprints (RFC 7638).
import { sha256Base64url } from '../base/hash.ts'
import { limits } from '../base/limits.ts'
import { decodeBase64url } from './compact-jws.ts'
import { isJsonObject, type JsonObject, memberOf } from './json-document.ts'

/** Algorithms of proofs, as the metadata announces them. */
export const proofAlgorithms = ['ES256', 'RS256', 'PS256'] as const
export type ProofAlgorithm = (typeof proofAlgorithms)[number]

/** The members that make a public key, and no others; in the order of RFC 7638. */
export type PublicKeyMembers =
  | { readonly crv: 'P-256'; readonly kty: 'EC'; readonly x: string; readonly y: string }
  | { readonly e: string; readonly kty: 'RSA'; readonly n: string }

/** Members of private and symmetric keys: whoever sends one has given his key away. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/**
 * The public key in `jwk` if `algorithm` may use it, else null. Whether an EC point lies on its
 * curve only the import of the key can tell.
 */
export function readPublicKey(jwk: unknown, algorithm: ProofAlgorithm): PublicKeyMembers | null {
  if (!isJsonObject(jwk)) return null
  if (secretMembers.some((name) => Object.hasOwn(jwk, name))) return null
  return algorithm === 'ES256' ? readEcKey(jwk) : readRsaKey(jwk)
}

/** RFC 7638 thumbprint: base64url SHA-256 over the members in lexicographic order. */
export function thumbprintOf(key: PublicKeyMembers): string {
  const members =
    key.kty === 'EC'
      ? { crv: key.crv, kty: key.kty, x: key.x, y: key.y }
      : { e: key.e, kty: key.kty, n: key.n }
  return sha256Base64url(JSON.stringify(members))
}

function readEcKey(jwk: JsonObject): PublicKeyMembers | null {
  const x = bytesOf(jwk, 'x')
  const y = bytesOf(jwk, 'y')
  if (memberOf(jwk, 'kty') !== 'EC' || memberOf(jwk, 'crv') !== 'P-256') return null
  if (x?.byteLength !== 32 || y?.byteLength !== 32) return null
  return {
    crv: 'P-256',
    kty: 'EC',
    x: x.toString('base64url'),
    y: y.toString('base64url'),
  }
}

/**
 * The bounds keep verification cheap: its time grows with the modulus and with the exponent.
 */
function readRsaKey(jwk: JsonObject): PublicKeyMembers | null {
  const n = bytesOf(jwk, 'n')
  const e = bytesOf(jwk, 'e')
  if (memberOf(jwk, 'kty') !== 'RSA' || n === null || e === null) return null
  const bits = bitsOf(n)
  if (bits < limits.proofRsaBitsMin || bits > limits.proofRsaBitsMax) return null
  if (!isOdd(n) || !isOdd(e) || bitsOf(e) < 2 || e.byteLength > 4) return null
  return { e: e.toString('base64url'), kty: 'RSA', n: n.toString('base64url') }
}

/** Bytes of a base64url member, or null; any other type and any second spelling is none. */
function bytesOf(jwk: JsonObject, name: string): Buffer | null {
  const text = memberOf(jwk, name)
  return typeof text === 'string' ? decodeBase64url(text) : null
}

/** Length of a number in its shortest form (RFC 7518 §2, Base64urlUInt); -1 for a longer one. */
function bitsOf(bytes: Uint8Array): number {
  const [first = 0] = bytes
  return first === 0 ? -1 : (bytes.byteLength - 1) * 8 + (32 - Math.clz32(first))
}

function isOdd(bytes: Uint8Array): boolean {
  return ((bytes.at(-1) ?? 0) & 1) === 1
}
