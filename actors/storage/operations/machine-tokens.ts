// Machine tokens: those bound to no registered resource have rows of their own, the others are
// issuances (spec 07 §3.3, decision B48).
import type { UnboundMachineToken } from '../../../src/records/issuance.ts'
import { instantText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  change,
  exists,
  integer,
  type Operation,
  one,
  type RowSet,
  type RowShape,
  sql,
} from '../sql.ts'

const unboundShape: RowShape = {
  table: 'unbound_machine_tokens',
  columns: ['jti', 'client_id', 'scopes', 'issued_at', 'expires_at', 'revoked'],
  foreignKey: 'client-gone',
  conflict: null,
}

/** The row of a machine token that is bound to no resource. */
export function unboundMachineTokenRow(token: UnboundMachineToken): RowSet {
  const issuedAt = instantText(token.issuedAtMs)
  const expiresAt = instantText(token.expiresAtMs)
  return {
    shape: unboundShape,
    rows: [[token.jti, token.clientId, token.scopes, issuedAt, expiresAt, 0]],
  }
}

/** Marks a machine token without a resource as revoked; false when there was nothing to do. */
export function* revokeUnboundToken(jti: string): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE unbound_machine_tokens SET revoked = 1 WHERE jti = ${jti} AND revoked = 0`)
  return changed === 1
}

/** From which place on the tokens of a client are looked at; those below are dead. */
type DeadBelow = StorageProtocol['deleteClient']['request']['deadBelow']

/** Whether the client holds a machine token that is neither revoked nor expired. */
export function* hasLiveMachineToken(
  clientId: string,
  deadBelow: DeadBelow,
  nowMs: number,
): Operation<boolean> {
  const now = instantText(nowMs)
  const bound = yield* exists(sql`
    SELECT 1 FROM issuances
    WHERE client_id = ${clientId} AND rowid >= ${deadBelow.issuances}
      AND is_machine = 1 AND revoked_at IS NULL AND expires_at > ${now} LIMIT 1`)
  if (bound) return true
  return yield* exists(sql`
    SELECT 1 FROM unbound_machine_tokens
    WHERE client_id = ${clientId} AND rowid >= ${deadBelow.unbound}
      AND revoked = 0 AND expires_at > ${now} LIMIT 1`)
}

/** Revokes the client's live machine tokens that outlive it: those with an issuance. */
export function* revokeMachineTokens(
  clientId: string,
  deadBelow: DeadBelow,
  nowMs: number,
): Operation<void> {
  const now = instantText(nowMs)
  yield* change(sql`
    UPDATE issuances SET revoked_at = ${now}
    WHERE client_id = ${clientId} AND rowid >= ${deadBelow.issuances}
      AND is_machine = 1 AND revoked_at IS NULL AND expires_at > ${now}`)
}

/** Rows of one step of a long deletion: 15 to 50 ms. */
const retiredMax = 5000

type Retirement = StorageProtocol['retireMachineTokens']['request']

/** Takes the next tokens out of use; the place to go on from, null = there are no more. */
export function* retireMachineTokens(request: Retirement): Operation<number | null> {
  const { clientId, from, below } = request
  const isBound = request.table === 'issuances'
  const next = isBound
    ? sql`SELECT rowid AS place FROM issuances
        WHERE client_id = ${clientId} AND rowid >= ${from} AND rowid < ${below}
        ORDER BY rowid LIMIT 1 OFFSET ${retiredMax}`
    : sql`SELECT rowid AS place FROM unbound_machine_tokens
        WHERE client_id = ${clientId} AND rowid >= ${from} AND rowid < ${below}
        ORDER BY rowid LIMIT 1 OFFSET ${retiredMax}`
  const end = yield* one(next, (row) => integer(row, 'place'))
  const now = instantText(request.nowMs)
  yield* change(
    isBound
      ? sql`UPDATE issuances SET revoked_at = ${now}
          WHERE client_id = ${clientId} AND rowid >= ${from} AND rowid < ${end ?? below}
            AND is_machine = 1 AND revoked_at IS NULL AND expires_at > ${now}`
      : sql`DELETE FROM unbound_machine_tokens
          WHERE client_id = ${clientId} AND rowid >= ${from} AND rowid < ${end ?? below}`,
  )
  return end
}
