// Whether everybody and everything that a user's token depends on is there and alive: read together
// with what a grant decides on, and looked at once more inside the unit that brings the token to
// life (spec 01 §10.3–10.4, 07 §5).
import type { GrantStanding } from '../../../src/records/grant-standing.ts'
import type { TokenResource } from '../../../src/records/resource.ts'
import { type FamilyStatus, familyStatuses } from '../../../src/records/token-family.ts'
import { userStatuses } from '../../../src/records/user.ts'
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  all,
  instant,
  instantOrAbsent,
  integer,
  member,
  type Operation,
  one,
  type Row,
  sql,
  text,
  textOrAbsent,
  texts,
} from '../sql.ts'
import { readAuthorizationByCode } from './authorizations.ts'
import { readTokenClient, tokenClientOf } from './clients.ts'
import { readLiveConsent } from './consents.ts'
import {
  findRegisteredResources,
  findResourcesBySlug,
  findTokenResources,
  scopeNamesOf,
} from './resources.ts'
import { readTokenUser } from './users.ts'

type Request<Kind extends keyof StorageProtocol> = RequestOf<StorageProtocol, Kind>
type Reply<Kind extends keyof StorageProtocol> = ReplyOf<StorageProtocol, Kind>

/** What the redemption of a code needs. */
export function* readCode(request: Request<'readCode'>): Operation<Reply<'readCode'>> {
  const authorization = yield* readAuthorizationByCode(request.codeHash)
  if (authorization === null) return { authorization, standing: null }
  return { authorization, standing: yield* readStanding(authorization, request) }
}

/**
 * What a refresh needs, in one statement: a statement costs more than a row that it finds. A URI
 * that two resources share by now makes two rows.
 */
export function* readRefreshToken(
  request: Request<'readRefreshToken'>,
): Operation<Reply<'readRefreshToken'>> {
  // Columns of the client bear their own names. Before a value, `+` keeps SQLite from planning a
  // join anew for each value that is bound, which costs ten times what the join does.
  const found = yield* all(
    sql`SELECT c.id, c.secret_hash, c.name, c.grant_types, c.status, c.scope, c.is_agent,
        c.dpop_bound_access_tokens,
        t.id AS token_id, t.expires_at, t.consumed_at, t.dpop_jkt, t.siblings,
        f.id AS family_id, f.client_id, f.user_id, f.scope AS family_scope, f.resource,
        f.status AS family_status, u.status AS user_status,
        r.id AS resource_id, r.uri, r.scopes, g.id AS consent_id, g.scopes AS consent_scopes
      FROM refresh_tokens AS t
      CROSS JOIN token_families AS f ON f.id = t.family_id
      LEFT JOIN clients AS c ON c.id = +${request.clientId}
      LEFT JOIN users AS u ON u.id = f.user_id
      LEFT JOIN resources AS r ON r.uri = f.resource AND r.uri <> ''
      LEFT JOIN consent_grants AS g ON g.user_id = f.user_id AND g.client_id = f.client_id
        AND g.resource_id = r.id AND g.revoked_at IS NULL
      WHERE t.token_hash = +${request.tokenHash} LIMIT 2`,
    refreshContextOf,
  )
  const [first] = found
  if (first === undefined) return { refreshToken: null, family: null, standing: null }
  const { refreshToken, family, client, user } = first
  const own = found.map(({ resource }) => resource).filter((resource) => resource !== null)
  const isBound = own.length === 1
  return {
    refreshToken,
    family,
    standing: {
      client,
      user,
      resource: isBound ? first.resource : null,
      consent: isBound ? first.consent : null,
      requested: yield* readRequested(request.resource, own),
    },
  }
}

function refreshContextOf(row: Row) {
  return {
    client: row['id'] === null ? null : tokenClientOf(row),
    refreshToken: {
      id: text(row, 'token_id'),
      expiresAtMs: instant(row, 'expires_at'),
      consumedAtMs: instantOrAbsent(row, 'consumed_at'),
      dpopJkt: textOrAbsent(row, 'dpop_jkt'),
      siblings: integer(row, 'siblings'),
    },
    family: {
      id: text(row, 'family_id'),
      clientId: text(row, 'client_id'),
      userId: text(row, 'user_id'),
      scope: text(row, 'family_scope'),
      resource: text(row, 'resource'),
      status: member(row, 'family_status', familyStatuses),
    },
    user:
      row['user_status'] === null
        ? null
        : { id: text(row, 'user_id'), status: member(row, 'user_status', userStatuses) },
    resource:
      row['resource_id'] === null
        ? null
        : { id: text(row, 'resource_id'), uri: text(row, 'uri'), scopeNames: scopeNamesOf(row) },
    consent:
      row['consent_id'] === null
        ? null
        : { id: text(row, 'consent_id'), scopes: texts(row, 'consent_scopes') },
  }
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

/** Who or what is gone, or was stopped, since a grant was decided. */
export type Missing = 'client-gone' | 'user-gone' | 'consent-gone'

/** Who or what of it is missing; null = nobody. */
export function* missingOf(needed: Needed): Operation<Missing | null> {
  const { clientId, userId, consentId } = needed
  const missing = yield* one(
    sql`SELECT
        EXISTS (SELECT 1 FROM clients WHERE id = ${clientId} AND status = 'active') AS client,
        EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND status = 'active') AS user,
        ${consentId} IS NULL OR EXISTS (SELECT 1 FROM consent_grants
          WHERE id = ${consentId} AND revoked_at IS NULL) AS consent`,
    (row) => missingIn(row) ?? 'nothing',
  )
  return missing === 'nothing' ? null : missing
}

/** A refresh token that is to be used, and all that its use depends on. */
export interface RefreshTokenUse {
  /** Where its row is. */
  readonly place: number
  readonly expiresAtMs: number
  readonly consumedAtMs: number | null
  readonly siblings: number
  readonly familyStatus: FamilyStatus
  readonly missing: Missing | null
}

/**
 * The use of a token of a family as it is now, in one statement; null = there is no such token. `+`
 * is there for the reason given in `readRefreshToken`.
 */
export function readUse(
  id: string,
  needed: Needed & { readonly familyId: string },
): Operation<RefreshTokenUse | null> {
  const { familyId, clientId, userId, consentId } = needed
  return one(
    sql`SELECT t.rowid AS place, t.expires_at, t.consumed_at, t.siblings, f.status,
        EXISTS (SELECT 1 FROM clients WHERE id = ${clientId} AND status = 'active') AS client,
        EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND status = 'active') AS user,
        ${consentId} IS NULL OR EXISTS (SELECT 1 FROM consent_grants
          WHERE id = ${consentId} AND revoked_at IS NULL) AS consent
      FROM refresh_tokens AS t CROSS JOIN token_families AS f ON f.id = t.family_id
      WHERE t.family_id = +${familyId} AND t.id = +${id}`,
    (row) => ({
      place: integer(row, 'place'),
      expiresAtMs: instant(row, 'expires_at'),
      consumedAtMs: instantOrAbsent(row, 'consumed_at'),
      siblings: integer(row, 'siblings'),
      familyStatus: member(row, 'status', familyStatuses),
      missing: missingIn(row),
    }),
  )
}

function missingIn(row: Row): Missing | null {
  if (row['client'] === 0) return 'client-gone'
  if (row['user'] === 0) return 'user-gone'
  return row['consent'] === 0 ? 'consent-gone' : null
}
