// SQL as values: the `sql` tag, operations (generators that yield statements and receive their
// results, so that one text can serve a synchronous and an asynchronous driver) and typed readers
// of result rows (architecture §5).
import { OperationalError } from '../../src/base/errors.ts'
import { instantMs } from './dialect.ts'

export type SqlValue = string | number | null | Uint8Array

/** A statement and its values. The identity of `text` is the key of the prepared statement. */
export interface Statement {
  readonly text: TemplateStringsArray
  readonly values: readonly SqlValue[]
}

/** Each `${value}` becomes a bound parameter; nothing is ever pasted into the text. */
export function sql(text: TemplateStringsArray, ...values: readonly SqlValue[]): Statement {
  return { text, values }
}

/**
 * Table and columns of rows that are inserted together. Its identity keys the prepared statement.
 */
export interface RowShape<Refusal extends string = string> {
  readonly table: string
  readonly columns: readonly string[]
  /** The refusal when a foreign key finds no row, or null when that is not expected. */
  readonly foreignKey: Refusal | null
  /** The refusal when the primary key is taken, or null when that is not expected. */
  readonly conflict: Refusal | null
}

export interface RowSet<Refusal extends string = string> {
  readonly shape: RowShape<Refusal>
  readonly rows: readonly (readonly SqlValue[])[]
}

/** One row as the driver returns it: column name to value. */
export type Row = Readonly<Record<string, SqlValue>>

/**
 * What an operation asks of its driver: rows, the number of rows that a statement changed, or the
 * insertion of rows, whose result is a refusal of their shape, or null.
 */
export type Step =
  | { readonly kind: 'insert'; readonly set: RowSet }
  | { readonly kind: 'rows'; readonly statement: Statement }
  | { readonly kind: 'row'; readonly statement: Statement }
  | { readonly kind: 'change'; readonly statement: Statement }

export type StepResult = readonly Row[] | Row | number | string | null

/** A piece of work on the database. Run by a driver, composed with `yield*`. */
export type Operation<Result> = Generator<Step, Result, StepResult>

/** The first row of a query as `read` sees it, or null. */
export function* one<T>(statement: Statement, read: (row: Row) => T): Operation<T | null> {
  const row = (yield { kind: 'row', statement }) as Row | null
  return row === null ? null : read(row)
}

/** All rows of a query as `read` sees them. The query bounds their number. */
export function* all<T>(statement: Statement, read: (row: Row) => T): Operation<readonly T[]> {
  const rows = (yield { kind: 'rows', statement }) as readonly Row[]
  return rows.map(read)
}

/** Whether a query finds anything. */
export function* exists(statement: Statement): Operation<boolean> {
  return (yield { kind: 'row', statement }) !== null
}

/**
 * Inserts rows. The refusal that their shape names for the constraint they violate, or null. A unit
 * that meets a refusal returns it, so that nothing of the unit remains.
 */
export function* insert<Refusal extends string>(set: RowSet<Refusal>): Operation<Refusal | null> {
  return (yield { kind: 'insert', set }) as Refusal | null
}

/** Number of rows that an INSERT, UPDATE or DELETE changed. */
export function* change(statement: Statement): Operation<number> {
  return (yield { kind: 'change', statement }) as number
}

/**
 * A stored row is not of the form that this program writes: damaged, or edited by hand. It concerns
 * the request that needs the row and nobody else, so it is no InvariantViolation.
 */
export class UnreadableRow extends OperationalError {}

/** A text column that is never NULL. @throws UnreadableRow, as all readers below */
export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw unreadable(column)
}

/** A text column that may be NULL. */
export function textOrAbsent(row: Row, column: string): string | null {
  const value = row[column]
  if (value === null || typeof value === 'string') return value
  throw unreadable(column)
}

/** An integer column that is never NULL. */
export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw unreadable(column)
}

/** A 0/1 column. */
export function boolean(row: Row, column: string): boolean {
  return integer(row, column) !== 0
}

/** An instant column that is never NULL, in milliseconds. */
export function instant(row: Row, column: string): number {
  const ms = instantMs(text(row, column))
  if (ms !== null) return ms
  throw unreadable(column)
}

/** An instant column that may be NULL, in milliseconds. */
export function instantOrAbsent(row: Row, column: string): number | null {
  return row[column] === null ? null : instant(row, column)
}

/** A column of JSON text; its inner form was checked where it was accepted. */
export function json(row: Row, column: string): unknown {
  const source = text(row, column)
  try {
    return JSON.parse(source)
  } catch (error) {
    throw unreadable(column, error)
  }
}

/** A JSON list. */
export function list(row: Row, column: string): readonly unknown[] {
  const value = json(row, column)
  if (Array.isArray(value)) return value
  throw unreadable(column)
}

/** A JSON list of texts. */
export function texts(row: Row, column: string): readonly string[] {
  const values = list(row, column)
  if (values.every((value) => typeof value === 'string')) return values
  throw unreadable(column)
}

/** One of a closed set of texts. */
export function member<const Value extends string>(
  row: Row,
  column: string,
  members: readonly Value[],
): Value {
  const value = members.find((candidate) => candidate === row[column])
  if (value !== undefined) return value
  throw unreadable(column)
}

/** One of a closed set of texts, or NULL. */
export function memberOrAbsent<const Value extends string>(
  row: Row,
  column: string,
  members: readonly Value[],
): Value | null {
  return row[column] === null ? null : member(row, column, members)
}

function unreadable(column: string, cause?: unknown): UnreadableRow {
  return new UnreadableRow(`stored value of column ${column} is unreadable`, { cause })
}
