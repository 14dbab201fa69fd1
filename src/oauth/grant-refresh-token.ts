// The refresh_token grant (RFC 6749 §6, spec 01 §10.4): what is checked of a refresh token before
// it is spent (decision B2), and when a spent one is answered again (B3).
import type { TokenClient } from '../records/client.ts'
import type { GrantStanding } from '../records/grant-standing.ts'
import type { RefreshToken } from '../records/refresh-token.ts'
import type { RefreshedFamily } from '../records/token-family.ts'
import { requireBoundResource } from './bound-resource.ts'
import type { Form } from './form.ts'
import type { UserDecision } from './grant-authorization-code.ts'
import { requireLive } from './liveness.ts'
import { OAuthError } from './oauth-error.ts'
import { formatScope, intersect, isSubset, parseScope, sortScope } from './scope.ts'

/** The request's own words; null = not sent. */
export interface RefreshRequest {
  readonly refreshToken: string
  readonly scope: string | null
  readonly resource: string | null
}

/** How long, and how often, a spent token is answered again. */
export interface RefreshGrace {
  /** 0 = never. */
  readonly windowMs: number
  readonly siblingsMax: number
}

/** Reads the form. @throws OAuthError `invalid_request` without a refresh token (D4). */
export function readRefreshRequest(form: Form): RefreshRequest {
  const refreshToken = form.get('refresh_token')
  if (refreshToken === undefined) {
    throw new OAuthError('invalid_request', 'refresh_token is missing')
  }
  return {
    refreshToken,
    scope: form.get('scope') ?? null,
    resource: form.get('resource') ?? null,
  }
}

/**
 * Whether a spent token may no longer be answered: whoever presents it may have stolen it. The
 * window has two sides: a clock that is set back does not open it again.
 */
export function isBeyondGrace(
  token: Pick<RefreshToken, 'consumedAtMs' | 'siblings'>,
  grace: RefreshGrace,
  nowMs: number,
): boolean {
  if (token.consumedAtMs === null) return false
  const awayMs = Math.abs(nowMs - token.consumedAtMs)
  return awayMs >= grace.windowMs || token.siblings >= grace.siblingsMax
}

/**
 * Decides about a refresh token that its authenticated client presents.
 * @throws OAuthError `invalid_target`, `invalid_scope`, `invalid_grant`, `invalid_client`
 */
export function decideRefresh(
  family: RefreshedFamily,
  { client, standing }: { readonly client: TokenClient; readonly standing: GrantStanding },
  request: RefreshRequest,
): UserDecision {
  requireBoundResource(family.resource, request.resource, standing.requested)
  const scope = decideScope(family.scope, client.scope, request.scope)
  const isBound = family.resource !== ''
  requireLive({
    client,
    user: standing.user,
    resource: isBound ? standing.resource : 'not-needed',
    consent: isBound ? standing.consent : 'not-needed',
  })
  return {
    client,
    userId: family.userId,
    resource: isBound ? standing.resource : null,
    consentId: isBound ? (standing.consent?.id ?? null) : null,
    scope,
  }
}

/** Refuses a client that may not refresh. @throws OAuthError `unauthorized_client` */
export function requireRefreshGrant(client: TokenClient): void {
  if (client.grantTypes.includes('refresh_token')) return
  throw new OAuthError('unauthorized_client', 'the client is not registered for this grant')
}

/** The scope of the access token; that of the family never changes (spec 01 §5.5). */
function decideScope(ofFamily: string, ofClient: string, requested: string | null): string {
  const family = parseScope(ofFamily)
  const ceiling = parseScope(ofClient)
  // `offline_access` grants nothing unless the resource declares it; SDKs send it anyway (B5).
  const names = parseScope(requested ?? '').filter(
    (name) => name !== 'offline_access' || family.includes(name),
  )
  if (names.length > 0) {
    if (!isSubset(names, family)) {
      throw new OAuthError('invalid_scope', 'a requested scope was not granted by the user')
    }
    if (ceiling.length > 0 && !isSubset(names, ceiling)) throw overCeiling()
    return formatScope(sortScope(names))
  }
  if (ceiling.length === 0 || family.length === 0) return ofFamily
  const remaining = intersect(family, ceiling)
  if (remaining.length === 0) throw overCeiling()
  return remaining.length === family.length ? ofFamily : formatScope(sortScope(remaining))
}

function overCeiling(): OAuthError {
  return new OAuthError('invalid_scope', 'the scope is not among those granted to the client')
}
