// Counts for gauges and for the overview of administrators (spec 05 §4.8, 08 §1, decision B18).
// Tables that grow with every token are counted elsewhere, a bounded number of rows at a time.
import type { ReplyOf } from '../../runtime/protocol.ts'
import { instantText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import { integer, type Operation, one, type Statement, sql } from '../sql.ts'

/** What gauges show. */
export function* countActive(): Operation<ReplyOf<StorageProtocol, 'countActive'>> {
  return {
    clients: yield* count(sql`SELECT count(*) AS n FROM clients WHERE status = 'active'`),
    tokenFamilies: yield* count(sql`
      SELECT count(*) AS n FROM token_families WHERE status = 'active'`),
  }
}

/** What the overview shows, but for machine tokens. */
export function* readStatistics(
  sinceMs: number,
): Operation<ReplyOf<StorageProtocol, 'readStatistics'>> {
  const since = instantText(sinceMs)
  return {
    clients: yield* count(sql`SELECT count(*) AS n FROM clients`),
    users: yield* count(sql`SELECT count(*) AS n FROM users`),
    activeFamilies: yield* count(sql`
      SELECT count(*) AS n FROM token_families
      WHERE status = 'active' AND created_at >= ${since}`),
    revokedFamilies: yield* count(sql`
      SELECT count(*) AS n FROM token_families
      WHERE status = 'revoked' AND created_at >= ${since}`),
    connections: yield* count(sql`
      SELECT count(*) AS n FROM broker_grants WHERE revoked_at IS NULL`),
  }
}

function* count(statement: Statement): Operation<number> {
  return (yield* one(statement, (row) => integer(row, 'n'))) ?? 0
}
