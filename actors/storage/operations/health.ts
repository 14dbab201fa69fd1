// Whether the database works, for health checks (spec 01 §4).
import { change, exists, type Operation, sql } from '../sql.ts'
import type { Unit } from '../unit.ts'

/** Reads one row from the file. */
export function readAnything(): Operation<boolean> {
  return exists(sql`SELECT 1 FROM schema_migrations LIMIT 1`)
}

/**
 * Writes a row and takes it away again: proves that commits work again after one has failed. An
 * update to the same value would prove nothing, since SQLite leaves such a page clean.
 */
export const writeSomething: Unit = {
  kind: 'operation',
  foreignKey: null,
  refusesFirst: true,
  operation: function* () {
    yield* change(sql`
      INSERT INTO assertion_jtis (issuer, jti, expires_at) VALUES ('', 'health', '')`)
    yield* change(sql`DELETE FROM assertion_jtis WHERE issuer = '' AND jti = 'health'`)
    return { ok: true, reply: {} }
  },
}
