// Whether everybody and everything that a user's token depends on is there and alive: read together
// with what a grant decides on, and looked at once more inside the unit that brings the token to
// life (spec 01 §10.3–10.4, 07 §5).
import type { GrantStanding } from '../../../src/records/grant-standing.ts'
import type { TokenResource } from '../../../src/records/resource.ts'
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import type { StorageProtocol } from '../protocol.ts'
import { type Operation, one, sql } from '../sql.ts'
import { readAuthorizationByCode } from './authorizations.ts'
import { readTokenClient } from './clients.ts'
import { readLiveConsent } from './consents.ts'
import { readFamily } from './families.ts'
import { readByHash } from './refresh-tokens.ts'
import { findRegisteredResources, findResourcesBySlug, findTokenResources } from './resources.ts'
import { readTokenUser } from './users.ts'

type Request<Kind extends keyof StorageProtocol> = RequestOf<StorageProtocol, Kind>
type Reply<Kind extends keyof StorageProtocol> = ReplyOf<StorageProtocol, Kind>

/** What the redemption of a code needs. */
export function* readCode(request: Request<'readCode'>): Operation<Reply<'readCode'>> {
  const authorization = yield* readAuthorizationByCode(request.codeHash)
  if (authorization === null) return { authorization, standing: null }
  return { authorization, standing: yield* readStanding(authorization, request) }
}

/** What a refresh needs. */
export function* readRefreshToken(
  request: Request<'readRefreshToken'>,
): Operation<Reply<'readRefreshToken'>> {
  const refreshToken = yield* readByHash(request.tokenHash)
  const family = refreshToken === null ? null : yield* readFamily(refreshToken.familyId)
  if (family === null) return { refreshToken: null, family: null, standing: null }
  return { refreshToken, family, standing: yield* readStanding(family, request) }
}

/** Whom a code or a family belongs to. */
interface Grant {
  readonly userId: string
  readonly clientId: string
  /** Registered URI; empty = none. */
  readonly resource: string
}

/** A URI that two resources share by now denotes neither of them. */
function* readStanding(
  grant: Grant,
  request: { readonly clientId: string; readonly resource: string | null },
): Operation<GrantStanding> {
  const client = yield* readTokenClient(request.clientId)
  const user = yield* readTokenUser(grant.userId)
  const own = grant.resource === '' ? [] : yield* findRegisteredResources(grant.resource)
  const resource = own.length === 1 ? (own[0] ?? null) : null
  const consent =
    resource === null ? null : yield* readLiveConsent({ ...grant, resourceId: resource.id })
  return {
    client,
    user,
    resource,
    consent: consent === null ? null : { id: consent.id, scopes: consent.scopes },
    requested: yield* readRequested(request.resource, own),
  }
}

/**
 * Most requests name the resource of their grant, which has been read already. A slug counts, as at
 * the authorize request.
 */
function* readRequested(
  name: string | null,
  own: readonly TokenResource[],
): Operation<readonly TokenResource[]> {
  if (name === null) return []
  if (own[0]?.uri === name) return own
  const found = yield* findTokenResources(name)
  return found.length > 0 ? found : yield* findResourcesBySlug(name)
}

/** Whom and what a new token needs; `consentId` null = it rests on none. */
export interface Needed {
  readonly clientId: string
  readonly userId: string
  readonly consentId: string | null
}

/** Who or what of it is gone, or was stopped, since the grant was decided; null = nobody. */
export function* missingOf(
  needed: Needed,
): Operation<'client-gone' | 'user-gone' | 'consent-gone' | null> {
  const { clientId, userId, consentId } = needed
  const missing = yield* one(
    sql`SELECT
        EXISTS (SELECT 1 FROM clients WHERE id = ${clientId} AND status = 'active') AS client,
        EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND status = 'active') AS user,
        ${consentId} IS NULL OR EXISTS (SELECT 1 FROM consent_grants
          WHERE id = ${consentId} AND revoked_at IS NULL) AS consent`,
    (row) => {
      if (row['client'] === 0) return 'client-gone'
      if (row['user'] === 0) return 'user-gone'
      return row['consent'] === 0 ? 'consent-gone' : 'nothing'
    },
  )
  return missing === 'nothing' ? null : missing
}
