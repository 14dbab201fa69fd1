// The check of one of our own access tokens that came back to us (RFC 9068 §4, spec 02 §2.4):
// everything but its signature, in the order of the specification. The audience is not compared
// with anything here; who asks decides whom it concerns.
import { limits } from '../base/limits.ts'
import { type SigningAlgorithm, signingAlgorithms } from '../records/signing-key.ts'
import { type CompactJws, decodeJsonPart, splitCompactJws } from './compact-jws.ts'
import { type JsonObject, memberOf } from './json-document.ts'

/** A token taken apart. Nothing that it says is to be believed. */
export interface UnverifiedToken {
  readonly jws: CompactJws
  readonly algorithm: SigningAlgorithm
  readonly kid: string
  /** What it says it is; texts that it lacks are empty. */
  readonly identity: TokenIdentity
  readonly claims: JsonObject
}

/** What a token is, by which storage finds all that decides over it. */
export interface TokenIdentity {
  readonly jti: string
  readonly clientId: string
  readonly subject: string
  readonly audience: string
}

/** What one of our tokens says, its signature verified. */
export interface OwnTokenClaims extends TokenIdentity {
  readonly issuer: string
  /** Space separated; empty = none. */
  readonly scope: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Thumbprint of the key it is bound to, or null for a bearer token. */
  readonly jkt: string | null
}

/** What the claims of a token must agree with. */
export interface TokenExpectation {
  readonly issuer: string
  readonly nowSeconds: number
  /** How far clocks may be apart, in seconds (B35). */
  readonly skewSeconds: number
}

/** The parts of a token of our kind, or null when it has another form, type or algorithm. */
export function readUnverifiedToken(text: string): UnverifiedToken | null {
  const jws = splitCompactJws(text, limits.ownTokenCharactersMax)
  const header = jws === null ? null : decodeJsonPart(jws.header)
  if (jws === null || header === null) return null
  const algorithm = signingAlgorithms.find((name) => name === memberOf(header, 'alg'))
  if (algorithm === undefined || memberOf(header, 'typ') !== 'at+jwt') return null
  // RFC 7515 §4.1.11: extensions that must be understood, and we understand none.
  if (Object.hasOwn(header, 'crit')) return null
  const kid = textOf(header, 'kid')
  const claims = decodeJsonPart(jws.payload)
  if (kid === '' || claims === null) return null
  return { jws, algorithm, kid, identity: identityOf(claims), claims }
}

/**
 * The claims of a token whose signature is right, or null when it is too old or too new, not ours,
 * or lacks what each of our tokens has. A claim that is empty or zero counts as absent.
 */
export function acceptClaims(
  { claims, identity }: UnverifiedToken,
  expected: TokenExpectation,
): OwnTokenClaims | null {
  const expiresAt = secondsOf(claims, 'exp')
  const issuedAt = secondsOf(claims, 'iat')
  if (expiresAt === 0 || issuedAt === 0 || !isTimely(claims, expected)) return null
  if (textOf(claims, 'iss') !== expected.issuer) return null
  const { jti, clientId, subject, audience } = identity
  if (jti === '' || clientId === '' || subject === '' || audience === '') return null
  const scope = textOf(claims, 'scope')
  const jkt = jktOf(claims)
  return { ...identity, issuer: expected.issuer, scope, issuedAt, expiresAt, jkt }
}

/** A token may be older, or newer, than our clock says by as much as clocks differ. */
function isTimely(claims: JsonObject, { nowSeconds, skewSeconds }: TokenExpectation): boolean {
  return (
    secondsOf(claims, 'exp') + skewSeconds > nowSeconds &&
    secondsOf(claims, 'iat') - skewSeconds <= nowSeconds &&
    secondsOf(claims, 'nbf') - skewSeconds <= nowSeconds
  )
}

function identityOf(claims: JsonObject): TokenIdentity {
  return {
    jti: textOf(claims, 'jti'),
    clientId: textOf(claims, 'client_id'),
    subject: textOf(claims, 'sub'),
    audience: audienceOf(claims),
  }
}

/** Our tokens have exactly one audience, in a list. */
function audienceOf(claims: JsonObject): string {
  const audience = memberOf(claims, 'aud')
  if (!Array.isArray(audience) || audience.length !== 1) return ''
  const [only] = audience
  return typeof only === 'string' ? only : ''
}

function jktOf(claims: JsonObject): string | null {
  const confirmation = memberOf(claims, 'cnf')
  if (typeof confirmation !== 'object' || confirmation === null) return null
  const jkt = textOf(confirmation as JsonObject, 'jkt')
  return jkt === '' ? null : jkt
}

function textOf(object: JsonObject, name: string): string {
  const value = memberOf(object, name)
  return typeof value === 'string' ? value : ''
}

/** A time in seconds; 0 when there is none that could be one. */
function secondsOf(claims: JsonObject, name: string): number {
  const value = memberOf(claims, name)
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}
