// A unit of work as a driver sees it: everything in it becomes durable, or nothing. Most units are
// operations; the unit that every token writes is declared as rows, so that each driver can choose
// its cheapest way to insert them (prepared inserts on SQLite, one `unnest` statement per group on
// PostgreSQL).
import type { Operation, RowSet, SqlValue } from './sql.ts'

export type UnitOutcome =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly refusal: string }

/** A row that must exist although no foreign key says so. Its shape keys the prepared statement. */
export interface Requirement {
  readonly shape: RequirementShape
  readonly value: SqlValue
}

export interface RequirementShape {
  readonly table: string
  readonly column: string
  readonly refusal: string
}

export type Unit =
  | {
      readonly kind: 'operation'
      readonly operation: () => Operation<UnitOutcome>
      /** The refusal when a foreign key is violated, or null when that is not expected. */
      readonly foreignKey: string | null
      /** It refuses before it has written anything, so that a refusal needs no undoing. */
      readonly refusesFirst: boolean
    }
  | {
      readonly kind: 'rows'
      readonly required: readonly Requirement[]
      readonly sets: readonly RowSet[]
    }
