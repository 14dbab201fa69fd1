// A connection with what was prepared on it, and how the steps of an operation run there.
import type Database from 'better-sqlite3'
import type { Operation, Row, RowSet, RowShape, Statement, Step, StepResult } from './sql.ts'
import { constraintOf } from './sqlite-errors.ts'
import { WriteAheadLog } from './sqlite-log.ts'
import type { RequirementShape } from './unit.ts'

type Prepared = Database.Statement<unknown[], unknown>

/** A connection in use. */
export interface Session {
  readonly connection: Database.Database
  readonly beginRead: Prepared
  readonly begin: Prepared
  readonly commit: Prepared
  readonly savepoint: Prepared
  readonly release: Prepared
  readonly undo: Prepared
  readonly log: WriteAheadLog
  readonly statements: Map<TemplateStringsArray | RowShape | RequirementShape, Prepared>
  /** Rows that were written on this connection. */
  rowsWritten: number
}

/** Prepares what every transaction needs. */
export function startSession(connection: Database.Database): Session {
  return {
    connection,
    beginRead: connection.prepare('BEGIN'),
    begin: connection.prepare('BEGIN IMMEDIATE'),
    commit: connection.prepare('COMMIT'),
    savepoint: connection.prepare('SAVEPOINT unit'),
    release: connection.prepare('RELEASE unit'),
    undo: connection.prepare('ROLLBACK TO unit'),
    log: new WriteAheadLog(connection),
    statements: new Map(),
    rowsWritten: 0,
  }
}

/** Null, or the refusal that the shape has for the constraint that a row violates. */
export function insertSet(session: Session, { shape, rows }: RowSet): string | null {
  const insert = preparedInsert(session, shape)
  try {
    for (const row of rows) session.rowsWritten += insert.run(row).changes
    return null
  } catch (error) {
    const refusal = refusalOf(shape, error)
    if (refusal === null) throw error
    return refusal
  }
}

function refusalOf(shape: RowShape, error: unknown): string | null {
  switch (constraintOf(error)) {
    case 'foreign-key':
      return shape.foreignKey
    case 'primary-key':
      return shape.conflict
    default:
      return null
  }
}

/** Runs an operation to its end. */
export function run<T>(session: Session, operation: Operation<T>): T {
  let step = operation.next()
  while (step.done !== true) step = operation.next(execute(session, step.value))
  return step.value
}

function execute(session: Session, step: Step): StepResult {
  if (step.kind === 'insert') return insertSet(session, step.set)
  const prepared = preparedStatement(session, step.statement)
  const { values } = step.statement
  switch (step.kind) {
    case 'row':
      return (prepared.get(values) as Row | undefined) ?? null
    case 'rows':
      return prepared.all(values) as Row[]
    case 'change': {
      const { changes } = prepared.run(values)
      session.rowsWritten += changes
      return changes
    }
  }
}

function preparedStatement(session: Session, { text }: Statement): Prepared {
  const known = session.statements.get(text)
  if (known !== undefined) return known
  return remember(session, text, text.join('?'))
}

function preparedInsert(session: Session, shape: RowShape): Prepared {
  const known = session.statements.get(shape)
  if (known !== undefined) return known
  const marks = shape.columns.map(() => '?').join(', ')
  const text = `INSERT INTO ${shape.table} (${shape.columns.join(', ')}) VALUES (${marks})`
  return remember(session, shape, text)
}

/** Finds whether a required row exists. */
export function preparedRequirement(session: Session, shape: RequirementShape): Prepared {
  const known = session.statements.get(shape)
  if (known !== undefined) return known
  return remember(session, shape, `SELECT 1 FROM ${shape.table} WHERE ${shape.column} = ?`)
}

function remember(
  session: Session,
  key: TemplateStringsArray | RowShape | RequirementShape,
  text: string,
): Prepared {
  const prepared = session.connection.prepare<unknown[], unknown>(text)
  session.statements.set(key, prepared)
  return prepared
}
