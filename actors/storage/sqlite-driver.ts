// Runs operations and units on one SQLite connection, synchronously. Group commit: one transaction
// for all units that waited, a savepoint around each, one synced COMMIT (architecture §5). Whatever
// goes wrong, no transaction stays open, and the next call finds a usable connection or says that
// there is none.
import type Database from 'better-sqlite3'
import { messageOf, OperationalError } from '../../src/base/errors.ts'
import { type Failed, type GroupAnswer, refused, replied } from '../runtime/define-actor.ts'
import type { Operation, Row, RowSet, RowShape, Statement, Step, StepResult } from './sql.ts'
import { UnreadableRow } from './sql.ts'
import { asOutage, constraintOf, isBusy, spoilsConnection } from './sqlite-errors.ts'
import { copyOnAlarm, WriteAheadLog } from './sqlite-log.ts'
import type { Requirement, RequirementShape, Unit } from './unit.ts'

/**
 * With the busy timeout of 200 ms: at most 600 ms, below the time at which an actor counts as hung.
 */
const beginAttemptsMax = 3

type Prepared = Database.Statement<unknown[], unknown>

/** A connection with what was prepared on it. */
interface Session {
  readonly connection: Database.Database
  readonly beginRead: Prepared
  readonly begin: Prepared
  readonly commit: Prepared
  readonly savepoint: Prepared
  readonly release: Prepared
  readonly undo: Prepared
  readonly log: WriteAheadLog
  readonly statements: Map<TemplateStringsArray | RowShape | RequirementShape, Prepared>
}

export type ReadAnswer<T> = { readonly ok: true; readonly reply: T } | Failed

export class SqliteDriver {
  readonly #reopen: () => Database.Database
  #session: Session | null
  #isLastCommitGood = true

  /** Takes over an open connection; `reopen` makes another one after an outage. */
  constructor(connection: Database.Database, reopen: () => Database.Database) {
    this.#reopen = reopen
    this.#session = startSession(connection)
  }

  /** Whether nothing has failed since the last commit that succeeded. */
  get isLastCommitGood(): boolean {
    return this.#isLastCommitGood
  }

  /** Runs an operation that only reads. @throws OperationalError */
  read<T>(operation: Operation<T>): T {
    return this.#guarded('read', (session) => run(session, operation))
  }

  /**
   * Runs reads in one snapshot and answers in their order: file locks are taken once for all of
   * them, not twice for each statement. A damaged row fails only the read that met it.
   *
   * @throws OperationalError
   */
  readTogether<T>(operations: readonly Operation<T>[]): readonly ReadAnswer<T>[] {
    return this.#guarded('read', (session) => {
      session.beginRead.run()
      const answers = operations.map((operation) => attemptRead(session, operation))
      session.commit.run()
      return answers
    })
  }

  /**
   * Commits the units together and answers in their order. A unit that is refused, or fails alone,
   * leaves nothing behind and does not touch the others.
   *
   * @throws OperationalError when the transaction as a whole failed: nothing of it is durable.
   */
  commit(units: readonly Unit[]): readonly GroupAnswer[] {
    try {
      const answers = this.#guarded('commit', (session) => commitUnits(session, units))
      this.#isLastCommitGood = true
      return answers
    } catch (error) {
      this.#isLastCommitGood = false
      throw error
    }
  }

  /**
   * Called after each commit: copies the log when nobody else has done it for long (sqlite-log.ts).
   *
   * @throws OperationalError
   */
  boundLog(): void {
    this.#guarded('checkpoint', (session) => copyOnAlarm(session.log))
  }

  close(): void {
    this.#session?.connection.close()
    this.#session = null
  }

  #guarded<T>(doing: string, work: (session: Session) => T): T {
    this.#session ??= startSession(this.#reopen())
    const session = this.#session
    try {
      return work(session)
    } catch (error) {
      if (!rolledBack(session.connection) || spoilsConnection(error)) this.#abandon(session)
      throw asOutage(error, doing)
    }
  }

  /** An in-memory database lives and dies with its connection, so that one is kept. */
  #abandon(session: Session): void {
    if (session.connection.memory) return
    session.connection.close()
    this.#session = null
  }
}

function startSession(connection: Database.Database): Session {
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
  }
}

/** Ends a transaction that an error left open; false when even that failed. */
function rolledBack(connection: Database.Database): boolean {
  if (!connection.inTransaction) return true
  try {
    connection.exec('ROLLBACK')
    return true
  } catch {
    // The error that led here says more than this one, and closing the connection rolls back.
    return false
  }
}

function attemptRead<T>(session: Session, operation: Operation<T>): ReadAnswer<T> {
  try {
    return replied(run(session, operation))
  } catch (error) {
    if (error instanceof UnreadableRow) return { failed: error.message }
    throw error
  }
}

function commitUnits(session: Session, units: readonly Unit[]): readonly GroupAnswer[] {
  begin(session)
  const answers = units.map((unit) => runUnit(session, unit))
  session.commit.run()
  return answers
}

/** @throws OperationalError when another process keeps the lock through all attempts. */
function begin(session: Session): void {
  for (let attempt = 1; ; attempt++) {
    try {
      session.begin.run()
      return
    } catch (error) {
      if (!isBusy(error)) throw error
      if (attempt === beginAttemptsMax) {
        throw new OperationalError('another process keeps the database locked', { cause: error })
      }
    }
  }
}

function runUnit(session: Session, unit: Unit): GroupAnswer {
  session.savepoint.run()
  const answer = attemptUnit(session, unit)
  if (!('ok' in answer) || !answer.ok) session.undo.run()
  session.release.run()
  return answer
}

function attemptUnit(session: Session, unit: Unit): GroupAnswer {
  try {
    if (unit.kind === 'operation') return run(session, unit.operation())
    return insertRows(session, unit.required, unit.sets)
  } catch (error) {
    return answerTo(error, unit.kind === 'operation' ? unit.foreignKey : null)
  }
}

/** The answer that concerns this unit alone. Rethrows what concerns the whole transaction. */
function answerTo(error: unknown, foreignKey: string | null): GroupAnswer {
  if (error instanceof UnreadableRow) return { failed: error.message }
  const constraint = constraintOf(error)
  if (constraint === null) throw error
  if (constraint === 'foreign-key' && foreignKey !== null) return refused(foreignKey)
  return { failed: messageOf(error) }
}

const inserted: GroupAnswer = { ok: true, reply: {} }

function insertRows(
  session: Session,
  required: readonly Requirement[],
  sets: readonly RowSet[],
): GroupAnswer {
  for (const { shape, value } of required) {
    if (preparedRequirement(session, shape).get(value) === undefined) {
      return refused(shape.refusal)
    }
  }
  for (const set of sets) {
    const refusal = insertSet(session, set)
    if (refusal !== null) return refused(refusal)
  }
  return inserted
}

/** Null, or the refusal that the shape has for the constraint that a row violates. */
function insertSet(session: Session, { shape, rows }: RowSet): string | null {
  const insert = preparedInsert(session, shape)
  try {
    for (const row of rows) insert.run(row)
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

function run<T>(session: Session, operation: Operation<T>): T {
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
    case 'change':
      return prepared.run(values).changes
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

function preparedRequirement(session: Session, shape: RequirementShape): Prepared {
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
