// What a presented token revokes (RFC 7009 §2.1, spec 01 §14): a refresh token its whole family, an
// access token itself. A client can end nothing but its own.
import type { TokenFamily } from '../records/token-family.ts'
import type { OwnTokenClaims } from './access-token-check.ts'

export type Revocation =
  | { readonly kind: 'family'; readonly family: TokenFamily }
  | { readonly kind: 'access-token'; readonly claims: OwnTokenClaims; readonly isMachine: boolean }
  /** Nothing is revoked; `isForeign` says that there was something, of another client. */
  | { readonly kind: 'nothing'; readonly isForeign: boolean }

/** What was found of the presented token: a family, if it is a refresh token, or its claims. */
export interface PresentedToken {
  readonly family: TokenFamily | null
  readonly claims: OwnTokenClaims | null
}

/** What `clientId`, which is authenticated, revokes with the token. */
export function decideRevocation(clientId: string, { family, claims }: PresentedToken): Revocation {
  const owner = family?.clientId ?? claims?.clientId ?? null
  if (owner !== clientId) return { kind: 'nothing', isForeign: owner !== null }
  if (family !== null) return { kind: 'family', family }
  if (claims === null) return { kind: 'nothing', isForeign: false }
  // A machine token is its client's own (spec 02 §2.3).
  return { kind: 'access-token', claims, isMachine: claims.subject === claims.clientId }
}
