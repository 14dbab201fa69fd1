// What the signer is willing to sign. Whoever runs code in the front can send it messages, so it
// checks every claim of an access token itself (spec 02 §2.2, reliability.md C.3) and trusts
// nobody.
import { limits } from '../../src/base/limits.ts'
import type { AccessTokenClaims } from '../../src/oauth/access-token.ts'

export interface ClaimsPolicy {
  readonly issuer: string
  readonly tokenLifeSecondsMax: number
}

/** Why claims are not signed; a closed set, safe to log. */
export type ClaimsFault =
  | 'not-an-object'
  | 'unknown-claim'
  | 'missing-claim'
  | 'empty-or-wrong-type'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'wrong-confirmation'
  | 'wrong-jti'
  | 'wrong-times'
  | 'life-too-long'
  | 'issued-at-drift'

type ClaimForm = 'text' | 'optional-text' | 'optional-confirmation' | 'seconds' | 'audience'

/** Total: a claim that is added to the type does not compile until the policy knows its form. */
const claimForms: ReadonlyMap<string, ClaimForm> = new Map(
  Object.entries({
    iss: 'text',
    sub: 'text',
    aud: 'audience',
    client_id: 'text',
    scope: 'optional-text',
    jti: 'text',
    iat: 'seconds',
    nbf: 'seconds',
    exp: 'seconds',
    cnf: 'optional-confirmation',
    agent_id: 'optional-text',
    agent_name: 'optional-text',
  } satisfies Record<keyof AccessTokenClaims, ClaimForm>),
)
const isRequired = (form: ClaimForm): boolean => !form.startsWith('optional-')
const requiredCount = [...claimForms.values()].filter(isRequired).length

/** RFC 9562 §5.7, lower case: the only form that our ids have (B19). */
const uuidV7Pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** 32 bytes: the last character carries four bits. */
const thumbprintPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/**
 * The first fault of `claims`, or null when they may be signed. `nowSeconds` is the signer's clock.
 */
export function faultOfClaims(
  claims: AccessTokenClaims,
  policy: ClaimsPolicy,
  nowSeconds: number,
): ClaimsFault | null {
  return faultOfForms(claims) ?? faultOfValues(claims, policy, nowSeconds)
}

/** Whether `jti` is one of our ids and may therefore stand in the log. */
export function isTokenId(jti: unknown): jti is string {
  return typeof jti === 'string' && uuidV7Pattern.test(jti)
}

/** Names and types. The sender is another thread: the static type says nothing about what came. */
function faultOfForms(claims: unknown): ClaimsFault | null {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return 'not-an-object'
  let requiredSeen = 0
  // `in` also walks the prototype, so that nothing inherited can change what is serialised.
  for (const name in claims) {
    const form = claimForms.get(name)
    if (form === undefined) return 'unknown-claim'
    if (isRequired(form)) requiredSeen += 1
    const fault = faultOfForm((claims as Readonly<Record<string, unknown>>)[name], form)
    if (fault !== null) return fault
  }
  return requiredSeen === requiredCount ? null : 'missing-claim'
}

function faultOfForm(value: unknown, form: ClaimForm): ClaimsFault | null {
  if (form === 'seconds') return Number.isSafeInteger(value) ? null : 'empty-or-wrong-type'
  if (form === 'optional-confirmation') return isConfirmation(value) ? null : 'wrong-confirmation'
  if (form !== 'audience') return isText(value) ? null : 'empty-or-wrong-type'
  return Array.isArray(value) && value.length === 1 && isText(value[0]) ? null : 'wrong-audience'
}

/** RFC 9449 §6.1: the thumbprint of one key, SHA-256 in base64url, and nothing beside it. */
function isConfirmation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  for (const name in value) if (name !== 'jkt') return false
  const { jkt } = value as { readonly jkt?: unknown }
  return typeof jkt === 'string' && thumbprintPattern.test(jkt)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function faultOfValues(
  claims: AccessTokenClaims,
  policy: ClaimsPolicy,
  nowSeconds: number,
): ClaimsFault | null {
  const lifeSeconds = claims.exp - claims.iat
  if (claims.iss !== policy.issuer) return 'wrong-issuer'
  if (!isTokenId(claims.jti)) return 'wrong-jti'
  if (claims.nbf !== claims.iat || lifeSeconds <= 0) return 'wrong-times'
  if (lifeSeconds > policy.tokenLifeSecondsMax) return 'life-too-long'
  // Last, so that this fault says that there is no other.
  if (Math.abs(claims.iat - nowSeconds) > limits.issuedAtDriftSeconds) return 'issued-at-drift'
  return null
}
