// Runs operations and units on one SQLite connection, synchronously. Group commit: one transaction
// for all units that waited, each undone by itself, one synced COMMIT (architecture §5). Whatever
// goes wrong, no transaction stays open, and the next call finds a usable connection or says that
// there is none.
import type Database from 'better-sqlite3'
import { messageOf, OperationalError } from '../../src/base/errors.ts'
import { type Failed, type GroupAnswer, refused, replied } from '../runtime/define-actor.ts'
import type { Operation, RowSet } from './sql.ts'
import { UnreadableRow } from './sql.ts'
import { asOutage, constraintOf, isBusy, spoilsConnection } from './sqlite-errors.ts'
import { copyOnAlarm } from './sqlite-log.ts'
import {
  insertSet,
  preparedRequirement,
  run,
  type Session,
  startSession,
} from './sqlite-session.ts'
import type { Requirement, Unit } from './unit.ts'

/**
 * With the busy timeout of 200 ms: at most 400 ms, below the time at which an actor counts as hung.
 */
const beginAttemptsMax = 2

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

/**
 * A savepoint makes SQLite copy each page that its unit changes: most units do without, since their
 * refusals come before they write. Should one of them have to be undone nevertheless, all of the
 * group is, and is done again with a savepoint for each.
 */
function commitUnits(session: Session, units: readonly Unit[]): readonly GroupAnswer[] {
  begin(session)
  const answers = runSwiftly(session, units) ?? runGuarded(session, units)
  session.commit.run()
  return answers
}

/** Null, with nothing left of the group, when a unit that had no savepoint must be undone. */
function runSwiftly(session: Session, units: readonly Unit[]): readonly GroupAnswer[] | null {
  const answers: GroupAnswer[] = []
  for (const unit of units) {
    const answer = isSwift(unit) ? attemptSwiftly(session, unit) : runUnit(session, unit)
    if (answer === null) {
      session.connection.exec('ROLLBACK')
      begin(session)
      return null
    }
    answers.push(answer)
  }
  return answers
}

function runGuarded(session: Session, units: readonly Unit[]): readonly GroupAnswer[] {
  return units.map((unit) => runUnit(session, unit))
}

function isSwift(unit: Unit): boolean {
  return unit.kind === 'rows' || unit.refusesFirst
}

/** Null when the unit has left something behind that must not stay. */
function attemptSwiftly(session: Session, unit: Unit): GroupAnswer | null {
  const before = session.rowsWritten
  const answer = attemptUnit(session, unit)
  return isDone(answer) || session.rowsWritten === before ? answer : null
}

function isDone(answer: GroupAnswer): boolean {
  return 'ok' in answer && answer.ok
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
  if (!isDone(answer)) session.undo.run()
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
