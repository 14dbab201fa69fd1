// Refresh tokens (spec 02 §5, 07 §3.2): found by their hash, spent once, answered again within the
// grace window (B3).
import type { RefreshToken } from '../../../src/records/refresh-token.ts'
import type { UserToken } from '../../../src/records/user-token.ts'
import { instantText, instantTextOrNull, textOrNull } from '../dialect.ts'
import { change, type Operation, one, type RowSet, type RowShape, sql, text } from '../sql.ts'

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
    'access_jti',
    'access_expires_at',
  ],
  foreignKey: null,
  conflict: null,
}

/** The row of a refresh token, with the access token that is issued together with it, if any. */
export function refreshTokenRow(
  token: RefreshToken,
  access: Pick<UserToken, 'jti' | 'expiresAtMs'> | null,
): RowSet<never> {
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
        access?.jti ?? null,
        instantTextOrNull(access?.expiresAtMs ?? null),
      ],
    ],
  }
}

/** Family of a refresh token that is known by its hash, or null. */
export function findFamilyId(tokenHash: string): Operation<string | null> {
  return one(sql`SELECT family_id FROM refresh_tokens WHERE token_hash = ${tokenHash}`, (row) =>
    text(row, 'family_id'),
  )
}

/** Spends the token at `place`, which was not spent. */
export function* consumeRefreshToken(place: number, nowMs: number): Operation<void> {
  yield* change(sql`
    UPDATE refresh_tokens SET consumed_at = ${instantText(nowMs)} WHERE rowid = ${place}`)
}

/** Counts one more answer to the token at `place`, which was spent within the grace window. */
export function* countSibling(place: number): Operation<void> {
  yield* change(sql`UPDATE refresh_tokens SET siblings = siblings + 1 WHERE rowid = ${place}`)
}
