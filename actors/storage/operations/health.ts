// Whether the database works, for health checks (spec 01 §4).
import { change, exists, type Operation, sql } from '../sql.ts'
import type { Unit } from '../unit.ts'

/** Reads one row from the file. */
export function readAnything(): Operation<boolean> {
  return exists(sql`SELECT 1 FROM schema_migrations LIMIT 1`)
}

/** Writes one row as it is: proves that commits work again after one has failed. */
export const writeSomething: Unit = {
  kind: 'operation',
  foreignKey: null,
  operation: function* () {
    yield* change(sql`
      UPDATE schema_migrations SET applied_at = applied_at
      WHERE version = (SELECT min(version) FROM schema_migrations)`)
    return { ok: true, reply: {} }
  },
}
