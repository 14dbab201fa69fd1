// Refresh tokens (spec 02 §5, 07 §3.2): found by their hash, spent once, answered again within the
// grace window (B3).
import type { RefreshToken } from '../../../src/records/refresh-token.ts'
import { instantText, instantTextOrNull, textOrNull } from '../dialect.ts'
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

const refreshTokenShape: RowShape<never> = {
  table: 'refresh_tokens',
  columns: [
    'id',
    'family_id',
    'token_hash',
    'expires_at',
    'consumed_at',
    'dpop_jkt',
    'parent_id',
    'siblings',
    'created_at',
  ],
  foreignKey: null,
  conflict: null,
}

/** The row of a refresh token. */
export function refreshTokenRow(token: RefreshToken): RowSet<never> {
  return {
    shape: refreshTokenShape,
    rows: [
      [
        token.id,
        token.familyId,
        token.tokenHash,
        instantText(token.expiresAtMs),
        instantTextOrNull(token.consumedAtMs),
        textOrNull(token.dpopJkt),
        textOrNull(token.parentId),
        token.siblings,
        instantText(token.createdAtMs),
      ],
    ],
  }
}

/** A refresh token by its hash, or null. */
export function readByHash(tokenHash: string): Operation<RefreshToken | null> {
  return one(sql`SELECT * FROM refresh_tokens WHERE token_hash = ${tokenHash}`, refreshTokenOf)
}

interface Use {
  readonly familyId: string
  readonly id: string
  readonly nowMs: number
}

/** Spends a token; false when it cannot be spent (any more). */
export function* consumeRefreshToken({ familyId, id, nowMs }: Use): Operation<boolean> {
  const now = instantText(nowMs)
  const changed = yield* change(sql`
    UPDATE refresh_tokens SET consumed_at = ${now}
    WHERE family_id = ${familyId} AND id = ${id} AND consumed_at IS NULL AND expires_at > ${now}`)
  return changed === 1
}

/**
 * Counts one more answer to a token that was spent within the window; false when it was spent
 * earlier, or answered often enough.
 */
export function* countSibling(
  { familyId, id, nowMs }: Use,
  grace: { readonly windowMs: number; readonly siblingsMax: number },
): Operation<boolean> {
  if (grace.windowMs <= 0) return false
  const changed = yield* change(sql`
    UPDATE refresh_tokens SET siblings = siblings + 1
    WHERE family_id = ${familyId} AND id = ${id}
      AND consumed_at > ${instantText(nowMs - grace.windowMs)}
      AND siblings < ${grace.siblingsMax} AND expires_at > ${instantText(nowMs)}`)
  return changed === 1
}

/** Why a token could not be used: it was, or it is gone. */
export function* useRefusal({
  familyId,
  id,
  nowMs,
}: Use): Operation<'token-reused' | 'token-gone'> {
  const isReused = yield* one(
    sql`SELECT consumed_at IS NOT NULL AND expires_at > ${instantText(nowMs)} AS is_reused
      FROM refresh_tokens WHERE family_id = ${familyId} AND id = ${id}`,
    (row) => row['is_reused'] === 1,
  )
  return isReused === true ? 'token-reused' : 'token-gone'
}

function refreshTokenOf(row: Row): RefreshToken {
  return {
    id: text(row, 'id'),
    familyId: text(row, 'family_id'),
    tokenHash: text(row, 'token_hash'),
    expiresAtMs: instant(row, 'expires_at'),
    consumedAtMs: instantOrAbsent(row, 'consumed_at'),
    dpopJkt: textOrAbsent(row, 'dpop_jkt'),
    parentId: textOrAbsent(row, 'parent_id'),
    siblings: integer(row, 'siblings'),
    createdAtMs: instant(row, 'created_at'),
  }
}
