// Authorizations from the authorize request to the redeemed code (spec 01 §6–8, 07 §3.2; table
// `auth_sessions`).
import type { Authorization } from '../../../src/records/authorization.ts'
import { instantText, instantTextOrNull, jsonText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  change,
  instant,
  instantOrAbsent,
  integer,
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

type Request<Kind extends keyof StorageProtocol> = StorageProtocol[Kind]['request']

const authorizationShape: RowShape<never> = {
  table: 'auth_sessions',
  columns: [
    'id',
    'client_id',
    'user_id',
    'redirect_uri',
    'scope',
    'resource',
    'state',
    'code_hash',
    'code_challenge',
    'code_challenge_method',
    'expires_at',
    'consumed_at',
    'failed_redemptions',
    'created_at',
  ],
  foreignKey: null,
  conflict: null,
}

/** The row of an authorization. No other challenge method than S256 exists here. */
export function authorizationRow(authorization: Authorization): RowSet<never> {
  return {
    shape: authorizationShape,
    rows: [
      [
        authorization.id,
        authorization.clientId,
        authorization.userId,
        authorization.redirectUri,
        authorization.scope,
        authorization.resource,
        authorization.state,
        authorization.codeHash,
        authorization.codeChallenge,
        'S256',
        instantText(authorization.expiresAtMs),
        instantTextOrNull(authorization.consumedAtMs),
        authorization.failedRedemptions,
        instantText(authorization.createdAtMs),
      ],
    ],
  }
}

/** One authorization by its id, or null. */
export function readAuthorizationById(id: string): Operation<Authorization | null> {
  return one(sql`SELECT * FROM auth_sessions WHERE id = ${id}`, authorizationOf)
}

/** The authorization that a code was issued for, or null. */
export function readAuthorizationByCode(codeHash: string): Operation<Authorization | null> {
  return one(sql`SELECT * FROM auth_sessions WHERE code_hash = ${codeHash}`, authorizationOf)
}

/** Gives a pending authorization its code and its final scope; null when it is not pending. */
export function issueCode(
  approval: Request<'approveConsent'>,
): Operation<{ readonly clientId: string } | null> {
  return one(
    sql`UPDATE auth_sessions SET code_hash = ${approval.codeHash}, scope = ${approval.scope}
      WHERE id = ${approval.authorizationId} AND user_id = ${approval.userId}
        AND code_hash IS NULL AND consumed_at IS NULL
        AND expires_at > ${instantText(approval.nowMs)}
      RETURNING client_id`,
    (row) => ({ clientId: text(row, 'client_id') }),
  )
}

/** Deletes a pending authorization of this user; false when it is not pending. */
export function* dropAuthorization(denial: Request<'denyConsent'>): Operation<boolean> {
  const deleted = yield* change(sql`
    DELETE FROM auth_sessions
    WHERE id = ${denial.authorizationId} AND user_id = ${denial.userId}
      AND code_hash IS NULL AND consumed_at IS NULL
      AND expires_at > ${instantText(denial.nowMs)}`)
  return deleted === 1
}

/** Spends a code; false when it cannot be spent (any more). */
export function* consumeCode(id: string, nowMs: number): Operation<boolean> {
  const now = instantText(nowMs)
  const changed = yield* change(sql`
    UPDATE auth_sessions SET consumed_at = ${now}
    WHERE id = ${id} AND code_hash IS NOT NULL AND consumed_at IS NULL AND expires_at > ${now}`)
  return changed === 1
}

/** Why a code could not be spent: it was, or it is gone. */
export function* codeRefusal(id: string): Operation<'code-consumed' | 'code-gone'> {
  const isConsumed = yield* one(
    sql`SELECT consumed_at FROM auth_sessions WHERE id = ${id}`,
    (row) => row['consumed_at'] !== null,
  )
  return isConsumed === true ? 'code-consumed' : 'code-gone'
}

/**
 * Counts a failed redemption, and spends the code at the one that is too many. True when the code
 * is dead after it.
 */
export function* countFailure(failure: Request<'countFailedRedemption'>): Operation<boolean> {
  const isSpent = yield* one(
    sql`UPDATE auth_sessions SET failed_redemptions = failed_redemptions + 1,
        consumed_at = iif(failed_redemptions + 1 >= ${failure.failuresMax},
          ${instantText(failure.nowMs)}, NULL)
      WHERE id = ${failure.authorizationId} AND consumed_at IS NULL
      RETURNING consumed_at`,
    (row) => row['consumed_at'] !== null,
  )
  return isSpent ?? true
}

/** Before any clock: what has ended does not come back when one is set back. */
const longAgo = instantText(0)

/** Ends all that a user has begun and not finished; codes among it are dead for good. */
export function* endPendingOfUser(userId: string, nowMs: number): Operation<void> {
  const now = instantText(nowMs)
  yield* change(sql`
    UPDATE auth_sessions SET expires_at = ${longAgo}
    WHERE expires_at > ${now} AND user_id = ${userId} AND consumed_at IS NULL`)
}

/**
 * The same for one client and what an ended consent was for, and for codes that no consent carries
 * any more. Who is still being asked about another resource may go on.
 */
export function* endPendingWithoutConsent(
  { userId, clientId, resource, carried }: EndedGrant,
  nowMs: number,
): Operation<void> {
  const now = instantText(nowMs)
  yield* change(sql`
    UPDATE auth_sessions SET expires_at = ${longAgo}
    WHERE expires_at > ${now} AND user_id = ${userId} AND client_id = ${clientId}
      AND resource <> '' AND resource NOT IN (SELECT value FROM json_each(${jsonText(carried)}))
      AND (code_hash IS NOT NULL OR resource = ${resource}) AND consumed_at IS NULL`)
}

function authorizationOf(row: Row): Authorization {
  return {
    id: text(row, 'id'),
    clientId: text(row, 'client_id'),
    userId: text(row, 'user_id'),
    redirectUri: text(row, 'redirect_uri'),
    scope: text(row, 'scope'),
    resource: text(row, 'resource'),
    state: text(row, 'state'),
    codeHash: textOrAbsent(row, 'code_hash'),
    codeChallenge: text(row, 'code_challenge'),
    expiresAtMs: instant(row, 'expires_at'),
    consumedAtMs: instantOrAbsent(row, 'consumed_at'),
    failedRedemptions: integer(row, 'failed_redemptions'),
    createdAtMs: instant(row, 'created_at'),
  }
}
