// The token of a user's grant, as code redemption and refresh make it: claims, signature, and the
// records that the commit will store (spec 02 §2.3, 01 §10.3–10.4).
import { sha256Base64url } from '../../base/hash.ts'
import { type AccessTokenClaims, userTokenClaims } from '../../oauth/access-token.ts'
import { clientRefused } from '../../oauth/client-credentials.ts'
import type { UserDecision } from '../../oauth/grant-authorization-code.ts'
import { grantRefused } from '../../oauth/liveness.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { parseScope } from '../../oauth/scope.ts'
import type { Caller } from '../../oauth/token-request.ts'
import type { ProofClaim } from '../../records/proof-claim.ts'
import type { RefreshToken } from '../../records/refresh-token.ts'
import type { UserToken } from '../../records/user-token.ts'
import type { Services } from '../services.ts'
import { proofReplayed } from './check-proof.ts'
import { mintAccessToken } from './mint-access-token.ts'

/** A signed token that nobody knows yet. */
export interface MintedToken {
  readonly jwt: string
  readonly claims: AccessTokenClaims
  readonly record: UserToken
}

/** What a token is made of, beyond the decision. */
export interface TokenMaking {
  readonly familyId: string
  readonly proof: ProofClaim | null
  readonly caller: Caller
}

/** Makes and signs the access token of a decision. @throws ActorError */
export async function mintUserToken(
  services: Services,
  decision: UserDecision,
  making: TokenMaking,
): Promise<MintedToken> {
  const { client, userId, resource, scope } = decision
  const nowMs = services.clock.nowMs()
  const dpopJkt = making.proof?.jkt ?? null
  const claims = userTokenClaims(
    {
      issuer: services.settings.features.issuer,
      clientId: client.id,
      userId,
      resourceUri: resource?.uri ?? null,
      scope,
      agentName: client.isAgent ? client.name : null,
      dpopJkt,
    },
    {
      jti: services.random.uuidV7(nowMs),
      nowSeconds: Math.floor(nowMs / 1000),
      lifeSeconds: services.settings.userTokens.accessLifeSeconds,
    },
  )
  const jwt = await mintAccessToken(services, claims, making.caller.trace)
  const record: UserToken = {
    jti: claims.jti,
    familyId: making.familyId,
    userId,
    clientId: client.id,
    resourceId: resource?.id ?? null,
    scopes: parseScope(scope),
    issuedAtMs: claims.iat * 1000,
    expiresAtMs: claims.exp * 1000,
    isAgent: client.isAgent,
    dpopJkt,
  }
  return { jwt, claims, record }
}

/** A new refresh token: the text that its client gets, and what is stored of it. */
export interface NewRefreshToken {
  readonly text: string
  readonly record: RefreshToken
}

/** Draws a refresh token of a family. `dpopJkt` is the key that each use must prove, or null. */
export function newRefreshToken(
  services: Services,
  of: Pick<RefreshToken, 'familyId' | 'parentId' | 'dpopJkt'>,
): NewRefreshToken {
  const text = services.random.secret()
  const nowMs = services.clock.nowMs()
  const record: RefreshToken = {
    ...of,
    // Ordered by time, so that rows and their index grow at the right edge; the token is random.
    id: services.random.uuidV7(nowMs),
    tokenHash: sha256Base64url(text),
    expiresAtMs: nowMs + services.settings.userTokens.refreshLifeSeconds * 1000,
    consumedAtMs: null,
    siblings: 0,
    createdAtMs: nowMs,
  }
  return { text, record }
}

/**
 * The key that refresh tokens of this client are bound to from now on (RFC 9449 §5, decision B7):
 * that of the proof, for public clients; `before` is what the presented token was bound to.
 */
export function refreshBinding(
  services: Services,
  { client }: UserDecision,
  { proof, before }: { readonly proof: ProofClaim | null; readonly before: string | null },
): string | null {
  if (before !== null) return before
  const isPublic = client.secretHash === ''
  return isPublic && services.settings.dpop.bindsRefreshTokens ? (proof?.jkt ?? null) : null
}

/** Refusals of the units that bring a user's token to life, but for reuse. */
export type TokenRefusal =
  | 'code-gone'
  | 'token-gone'
  | 'family-revoked'
  | 'proof-replayed'
  | 'client-gone'
  | 'user-gone'
  | 'resource-gone'
  | 'consent-gone'

/** The answer to a commit that found something changed since it was read. */
export function refusalError(services: Services, refusal: TokenRefusal): OAuthError {
  switch (refusal) {
    case 'proof-replayed':
      return proofReplayed(services)
    case 'client-gone':
      return clientRefused()
    case 'resource-gone':
      return new OAuthError('invalid_target', 'the resource is not registered')
    default:
      return grantRefused()
  }
}
