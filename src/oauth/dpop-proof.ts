// Shape and claims of a DPoP proof (RFC 9449 §4.2–4.3, spec 02 §6.2). Pure: whether the signature
// is right, and whether the proof was used before, the replay actor decides.
import { limits } from '../base/limits.ts'
import { decodeJsonPart } from './compact-jws.ts'
import { matchesTarget } from './dpop-target.ts'
import { type JsonObject, memberOf } from './json-document.ts'
import {
  type ProofAlgorithm,
  type PublicKeyMembers,
  proofAlgorithms,
  readPublicKey,
} from './jwk.ts'

/** What the header of a proof says: how it is signed, and with whose key. */
export interface ProofHeader {
  readonly algorithm: ProofAlgorithm
  readonly key: PublicKeyMembers
}

/** What the claims of a proof must agree with. */
export interface ProofExpectation {
  readonly method: string
  readonly targets: readonly string[]
  /** base64url SHA-256 of the access token beside the proof, or null when none is. */
  readonly accessTokenHash: string | null
  readonly nowMs: number
  /** How far `iat` may be from now. */
  readonly proofLifeMs: number
  /** For `exp` and `nbf`, which a proof need not have. */
  readonly clockSkewMs: number
}

/** What is left to decide about a proof whose claims fit its request. */
export interface ProofIdentity {
  readonly jti: string
  readonly nonce: string | null
}

/** The header of a proof, or null: the algorithm is looked at before anything else. */
export function readProofHeader(part: string): ProofHeader | null {
  const header = decodeJsonPart(part)
  if (header === null) return null
  const algorithm = proofAlgorithms.find((name) => name === memberOf(header, 'alg'))
  if (algorithm === undefined) return null
  const type = memberOf(header, 'typ')
  if (typeof type !== 'string' || type.toLowerCase() !== 'dpop+jwt') return null
  // RFC 7515 §4.1.11: extensions that must be understood, and we understand none.
  if (Object.hasOwn(header, 'crit')) return null
  const key = readPublicKey(memberOf(header, 'jwk'), algorithm)
  return key === null ? null : { algorithm, key }
}

/** Id and nonce of a proof whose claims fit `expected`, or null. */
export function readProofClaims(part: string, expected: ProofExpectation): ProofIdentity | null {
  const claims = decodeJsonPart(part)
  if (claims === null || !isTimely(claims, expected)) return null
  const jti = memberOf(claims, 'jti')
  const htm = memberOf(claims, 'htm')
  const htu = memberOf(claims, 'htu')
  const nonce = memberOf(claims, 'nonce')
  if (typeof htm !== 'string' || htm.toUpperCase() !== expected.method.toUpperCase()) return null
  if (typeof htu !== 'string' || !matchesTarget(htu, expected.targets)) return null
  if (typeof jti !== 'string' || jti === '' || !jti.isWellFormed()) return null
  if (jti.length > limits.proofIdCharactersMax) return null
  if (expected.accessTokenHash !== null && memberOf(claims, 'ath') !== expected.accessTokenHash) {
    return null
  }
  return { jti, nonce: typeof nonce === 'string' ? nonce : null }
}

function isTimely(
  claims: JsonObject,
  { nowMs, proofLifeMs, clockSkewMs }: ProofExpectation,
): boolean {
  const iat = memberOf(claims, 'iat')
  const exp = memberOf(claims, 'exp')
  const nbf = memberOf(claims, 'nbf')
  if (typeof iat !== 'number' || Math.abs(nowMs - iat * 1000) > proofLifeMs) return false
  if (exp !== undefined && !(typeof exp === 'number' && exp * 1000 + clockSkewMs > nowMs)) {
    return false
  }
  return nbf === undefined || (typeof nbf === 'number' && nbf * 1000 - clockSkewMs <= nowMs)
}
