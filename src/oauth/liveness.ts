// Whether everybody and everything that a token rests on is still there and active (spec 04 §1.3,
// 02 §5.3, decisions B33, D3). Every grant asks this, of what it has just read.
import type { TokenClient } from '../records/client.ts'
import type { ConsentGrant } from '../records/consent-grant.ts'
import type { TokenResource } from '../records/resource.ts'
import type { TokenUser } from '../records/user.ts'
import { clientRefused } from './client-credentials.ts'
import { OAuthError } from './oauth-error.ts'

/** What a token rests on: what was found of it, null = gone; or that it needs no such thing. */
export interface GrantBasis {
  readonly client: Pick<TokenClient, 'status'>
  readonly user: TokenUser | null | 'not-needed'
  readonly resource: TokenResource | null | 'not-needed'
  readonly consent: Pick<ConsentGrant, 'id'> | null | 'not-needed'
}

/**
 * Refuses a grant whose client is not active, whose user is gone or disabled, whose resource is no
 * longer registered, or whose consent was revoked.
 * @throws OAuthError `invalid_client`, `invalid_grant`, `invalid_target`
 */
export function requireLive({ client, user, resource, consent }: GrantBasis): void {
  if (client.status !== 'active') throw clientRefused()
  if (user === null || (user !== 'not-needed' && user.status !== 'active')) throw grantRefused()
  if (resource === null) throw new OAuthError('invalid_target', 'the resource is not registered')
  if (consent === null) throw grantRefused()
}

/** The one public answer to a code or refresh token that cannot be used, whatever the reason. */
export function grantRefused(): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'the code or refresh token is invalid, expired, revoked or already used',
  )
}
