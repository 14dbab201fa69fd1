// Families of tokens (spec 02 §5, 07 §3.2): what one code redemption brought to life, and its end.
// A family ends in two halves, the family with its refresh tokens and the denylisting of its access
// tokens; who ends several at once does both for all of them.
import { familyStatuses, type TokenFamily } from '../../../src/records/token-family.ts'
import type { UserToken } from '../../../src/records/user-token.ts'
import { instantText, instantTextOrNull, jsonText, textOrNull } from '../dialect.ts'
import {
  all,
  change,
  exists,
  instant,
  instantOrAbsent,
  member,
  type Operation,
  one,
  type Row,
  type RowSet,
  type RowShape,
  sql,
  text,
  textOrAbsent,
} from '../sql.ts'
import type { EndedGrant } from './consents.ts'

type FirstToken = Pick<UserToken, 'jti' | 'expiresAtMs'>

const familyShape: RowShape<never> = {
  table: 'token_families',
  columns: [
    'id',
    'client_id',
    'user_id',
    'scope',
    'resource',
    'status',
    'created_at',
    'revoked_at',
    'auth_session_id',
    'access_jti',
    'access_expires_at',
  ],
  // Client and user are known to exist before a family is inserted.
  foreignKey: null,
  conflict: null,
}

/** The row of a family, with the access token that is issued together with it. */
export function familyRow(family: TokenFamily, token: FirstToken): RowSet<never> {
  return {
    shape: familyShape,
    rows: [
      [
        family.id,
        family.clientId,
        family.userId,
        family.scope,
        family.resource,
        family.status,
        instantText(family.createdAtMs),
        instantTextOrNull(family.revokedAtMs),
        textOrNull(family.authorizationId),
        token.jti,
        instantText(token.expiresAtMs),
      ],
    ],
  }
}

/** One family by its id, or null. */
export function readFamily(id: string): Operation<TokenFamily | null> {
  return one(sql`SELECT * FROM token_families WHERE id = ${id}`, familyOf)
}

/** The family that a code brought to life, or null. */
export function readFamilyOfAuthorization(authorizationId: string): Operation<TokenFamily | null> {
  return one(sql`SELECT * FROM token_families WHERE auth_session_id = ${authorizationId}`, familyOf)
}

/** Whether the client holds a family that is not revoked. */
export function hasActiveFamily(clientId: string): Operation<boolean> {
  return exists(sql`
    SELECT 1 FROM token_families WHERE client_id = ${clientId} AND status = 'active' LIMIT 1`)
}

/** Whether the user has a family that is not revoked. */
export function userHasActiveFamily(userId: string): Operation<boolean> {
  return exists(sql`
    SELECT 1 FROM token_families WHERE user_id = ${userId} AND status = 'active' LIMIT 1`)
}

/** Ids of families of a user, at most `limit`; only the active ones, or all. */
export function familiesOfUser(
  userId: string,
  which: 'active' | 'all',
  limit: number,
): Operation<readonly string[]> {
  const statement =
    which === 'active'
      ? sql`SELECT id FROM token_families
          WHERE user_id = ${userId} AND status = 'active' LIMIT ${limit}`
      : sql`SELECT id FROM token_families WHERE user_id = ${userId} LIMIT ${limit}`
  return all(statement, (row) => text(row, 'id'))
}

/** Ids of the active families of a user and a client that no consent carries any more. */
export function familiesWithoutConsent({
  userId,
  clientId,
  carried,
}: EndedGrant): Operation<readonly string[]> {
  return all(
    sql`SELECT id FROM token_families
      WHERE user_id = ${userId} AND status = 'active' AND client_id = ${clientId}
        AND resource <> '' AND resource NOT IN (SELECT value FROM json_each(${jsonText(carried)}))`,
    (row) => text(row, 'id'),
  )
}

/** Half 1: the families that are active, and their refresh tokens. How many were active. */
export function* revokeFamilies(ids: readonly string[], nowMs: number): Operation<number> {
  const now = instantText(nowMs)
  const wanted = jsonText(ids)
  const revoked = yield* change(sql`
    UPDATE token_families SET status = 'revoked', revoked_at = ${now}
    WHERE id IN (SELECT value FROM json_each(${wanted})) AND status = 'active'`)
  if (revoked > 0) {
    yield* change(sql`
      UPDATE refresh_tokens SET consumed_at = ${now}
      WHERE family_id IN (SELECT value FROM json_each(${wanted})) AND consumed_at IS NULL`)
  }
  return revoked
}

/** Half 2: their access tokens that are alive go to the denylist. How many were not on it. */
export function denylistFamilies(ids: readonly string[], nowMs: number): Operation<number> {
  const now = instantText(nowMs)
  return change(sql`
    INSERT INTO revoked_jtis (jti, revoked_at, expires_at)
    SELECT jti, ${now}, expires_at FROM access_token_jtis
    WHERE family_id IN (SELECT value FROM json_each(${jsonText(ids)})) AND expires_at > ${now}
    ON CONFLICT (jti) DO NOTHING`)
}

/** Deletes families with their refresh tokens and the list of their access tokens. */
export function deleteFamilies(ids: readonly string[]): Operation<number> {
  return change(sql`
    DELETE FROM token_families WHERE id IN (SELECT value FROM json_each(${jsonText(ids)}))`)
}

/**
 * Revokes the client's families: their access tokens go to the denylist, where they outlive them.
 */
export function* revokeFamiliesOfClient(clientId: string, nowMs: number): Operation<void> {
  const now = instantText(nowMs)
  yield* change(sql`
    INSERT INTO revoked_jtis (jti, revoked_at, expires_at)
    SELECT jti, ${now}, expires_at FROM access_token_jtis
    WHERE expires_at > ${now}
      AND family_id IN (SELECT id FROM token_families WHERE client_id = ${clientId})
    ON CONFLICT (jti) DO NOTHING`)
  yield* change(sql`
    UPDATE token_families SET status = 'revoked', revoked_at = ${now}
    WHERE client_id = ${clientId} AND status = 'active'`)
}

function familyOf(row: Row): TokenFamily {
  return {
    id: text(row, 'id'),
    clientId: text(row, 'client_id'),
    userId: text(row, 'user_id'),
    scope: text(row, 'scope'),
    resource: text(row, 'resource'),
    status: member(row, 'status', familyStatuses),
    authorizationId: textOrAbsent(row, 'auth_session_id'),
    createdAtMs: instant(row, 'created_at'),
    revokedAtMs: instantOrAbsent(row, 'revoked_at'),
  }
}
