// What the admin API and the command line show of users, their tokens and what they have allowed
// (spec 05 §5): wire names, no password hash.
import { rfc3339, rfc3339Seconds } from '../../base/instant.ts'
import type { ConsentGrant } from '../../records/consent-grant.ts'
import type { ListedToken } from '../../records/listed-token.ts'
import type { User } from '../../records/user.ts'
import type { TokenList } from './tokens.ts'

/** UserView. */
export function userView(user: User) {
  return {
    id: user.id,
    email: user.email ?? '',
    name: user.name,
    role: user.role,
    status: user.status,
    provider: user.provider,
    created_at: rfc3339(user.createdAtMs),
  }
}

/** TokenView. */
export function tokenView(token: ListedToken) {
  const { userId, expiresAtMs } = token
  return {
    jti: token.id,
    type: token.kind,
    client_id: token.clientId,
    ...(userId === null ? null : { user_id: userId }),
    scope: token.scope,
    resource: token.resource,
    status: token.status,
    created_at: rfc3339(token.createdAtMs),
    ...(expiresAtMs === null ? null : { expires_at: rfc3339(expiresAtMs) }),
  }
}

/** Envelope of a token list. */
export function tokenListView({ tokens, total }: TokenList) {
  return { tokens: tokens.map(tokenView), total }
}

/** ConsentGrantView. */
export function consentGrantView(consent: ConsentGrant) {
  const { revokedAtMs } = consent
  return {
    id: consent.id,
    user_id: consent.userId,
    client_id: consent.clientId,
    resource_id: consent.resourceId,
    scopes: consent.scopes,
    created_at: rfc3339Seconds(consent.createdAtMs),
    updated_at: rfc3339Seconds(consent.updatedAtMs),
    ...(revokedAtMs === null ? null : { revoked_at: rfc3339(revokedAtMs) }),
  }
}

/** Envelope of a user's grants. No upstream provider can be connected yet. */
export function userGrantsView(consents: readonly ConsentGrant[]) {
  return { consent_grants: consents.map(consentGrantView), broker_grants: [] }
}
