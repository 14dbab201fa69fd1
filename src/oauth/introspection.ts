// Who may know about a token, whether it is active, and the answer that says so (RFC 7662 §2.2,
// spec 01 §13). A token that is not active and one that the caller may not know look the same.
import type { ClientStatus } from '../records/client.ts'
import type { Resource } from '../records/resource.ts'
import type { TokenUser } from '../records/user.ts'
import type { OwnTokenClaims } from './access-token-check.ts'

/** What is stored about a token and those it concerns. */
export interface TokenStanding {
  /** Resources with the token's audience as URI; two = it is not known which. */
  readonly audienceResources: readonly Pick<Resource, 'slug' | 'uri' | 'policy'>[]
  readonly issuance: { readonly isRevoked: boolean } | null
  /** Null: it is no machine token. */
  readonly machineToken: { readonly isRevoked: boolean } | null
  readonly isDenylisted: boolean
  readonly issuingClient: { readonly status: ClientStatus } | null
  readonly subjectUser: TokenUser | null
}

/** Why a verified token is not shown as active: reasons of the audit log (spec 08 §5). */
export type InactiveReason =
  | 'caller_not_authorized_for_token'
  | 'ambiguous_runtime_binding'
  | 'issuance_revoked'
  | 'machine_token_revoked'
  | 'token_revoked'
  | 'issuing_client_inactive'
  | 'subject_inactive'

/** Why `callerId` is told nothing about a verified token, or null when it is told everything. */
export function inactiveReason(
  claims: OwnTokenClaims,
  callerId: string,
  standing: TokenStanding,
): InactiveReason | null {
  return notEntitled(claims, callerId, standing) ?? notAlive(claims, standing)
}

/** A caller may know tokens that it was issued, and those for a resource whose server it is. */
function notEntitled(
  claims: OwnTokenClaims,
  callerId: string,
  { audienceResources }: TokenStanding,
): InactiveReason | null {
  if (callerId === claims.clientId) return null
  const [resource, another] = audienceResources
  if (another !== undefined) return 'ambiguous_runtime_binding'
  const isServer = resource !== undefined && isServerOf(callerId, resource)
  return isServer ? null : 'caller_not_authorized_for_token'
}

/** Servers that were set up before runtime clients existed call themselves like their resource. */
function isServerOf(
  callerId: string,
  { slug, uri, policy }: TokenStanding['audienceResources'][number],
): boolean {
  return policy.runtimeClientIds.includes(callerId) || callerId === slug || callerId === uri
}

function notAlive(claims: OwnTokenClaims, standing: TokenStanding): InactiveReason | null {
  const { issuance, machineToken } = standing
  if (issuance?.isRevoked === true) return 'issuance_revoked'
  if (machineToken?.isRevoked === true) return 'machine_token_revoked'
  if (standing.isDenylisted) return 'token_revoked'
  if (standing.issuingClient?.status !== 'active') return 'issuing_client_inactive'
  return isSubjectAlive(claims, standing) ? null : 'subject_inactive'
}

/**
 * The subject of a machine token is its client, or somebody of another issuer; if it is one of our
 * users, he counts. The subject of any other token is a user.
 */
function isSubjectAlive(
  claims: OwnTokenClaims,
  { machineToken, subjectUser }: TokenStanding,
): boolean {
  if (machineToken === null) return subjectUser?.status === 'active'
  if (claims.subject === claims.clientId) return true
  return subjectUser === null || subjectUser.status === 'active'
}

export interface ActiveToken {
  readonly active: true
  readonly scope?: string
  readonly client_id: string
  readonly sub: string
  readonly aud: string
  readonly iss: string
  readonly exp: number
  readonly iat: number
  readonly jti: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly cnf?: { readonly jkt: string }
}

export type IntrospectionDocument = ActiveToken | { readonly active: false }

/** The one answer to everything that is not active, or not the caller's to know. */
export const inactiveToken: IntrospectionDocument = { active: false }

/** What a caller is told about an active token, in the order of the specification. */
export function activeToken(claims: OwnTokenClaims): ActiveToken {
  const { jkt } = claims
  return {
    active: true,
    ...(claims.scope === '' ? null : { scope: claims.scope }),
    client_id: claims.clientId,
    sub: claims.subject,
    aud: claims.audience,
    iss: claims.issuer,
    exp: claims.expiresAt,
    iat: claims.issuedAt,
    jti: claims.jti,
    token_type: jkt === null ? 'Bearer' : 'DPoP',
    ...(jkt === null ? null : { cnf: { jkt } }),
  }
}
