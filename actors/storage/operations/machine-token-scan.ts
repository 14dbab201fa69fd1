// Machine tokens looked at newest first and a bounded number at a time, because a day, or one
// client, may hold millions of them: who asks goes on where the last answer ended, and other
// messages come in between.
import { assert } from '../../../src/base/assert.ts'
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import { instantText } from '../dialect.ts'
import type { MachineTokenCursor, StorageProtocol } from '../protocol.ts'
import { integer, type Operation, one, type Row, type Statement, sql } from '../sql.ts'
import { beyondAllRowids, lowestIdAt } from './id-window.ts'

/** Rows of one count: about 5 ms. They lie side by side. */
const countedMax = 20_000
/** Rows of one look at a client: about 10 ms. They are scattered over the table. */
const clientRowsMax = 10_000

/** How far the order of commit and the order of ids are apart, at most. */
const orderSlackMs = 3_600_000

const first: MachineTokenCursor = { table: 'issuances', below: beyondAllRowids }
const firstUnbound: MachineTokenCursor = { table: 'unbound', below: beyondAllRowids }

type CountRequest = RequestOf<StorageProtocol, 'countMachineTokens'>

/** Counts the live and the revoked machine tokens of the next rows. */
export function* countMachineTokens(
  request: CountRequest,
): Operation<ReplyOf<StorageProtocol, 'countMachineTokens'>> {
  const { table, below } = request.cursor ?? first
  const bounds = yield* one(boundsOf(table, request.sinceMs), (row) => ({
    lowest: integer(row, 'lowest'),
    highest: integer(row, 'highest'),
  }))
  const next = table === 'issuances' ? firstUnbound : null
  if (bounds === null) return { live: 0, revoked: 0, next }
  // A range of rowids holds as many rows at most, whatever was deleted from it.
  const to = Math.min(below, bounds.highest + 1)
  const from = Math.max(bounds.lowest, to - countedMax)
  const count = table === 'issuances' ? countIssuances : countUnbound
  const counted = yield* one(count(request, from, to), (row) => ({
    live: integer(row, 'live'),
    revoked: integer(row, 'revoked'),
  }))
  assert(counted !== null, 'a count has one row')
  return { ...counted, next: from > bounds.lowest ? { table, below: from } : next }
}

/** The oldest row that may be of the period, and the newest row; no row when there is none. */
function boundsOf(table: MachineTokenCursor['table'], sinceMs: number): Statement {
  const lowestId = lowestIdAt(sinceMs - orderSlackMs)
  return table === 'issuances'
    ? sql`SELECT rowid AS lowest, (SELECT max(rowid) FROM issuances) AS highest
        FROM issuances WHERE id >= ${lowestId} ORDER BY id LIMIT 1`
    : sql`SELECT rowid AS lowest, (SELECT max(rowid) FROM unbound_machine_tokens) AS highest
        FROM unbound_machine_tokens WHERE jti >= ${lowestId} ORDER BY jti LIMIT 1`
}

function countIssuances({ sinceMs, nowMs }: CountRequest, from: number, to: number): Statement {
  return sql`
    SELECT count(revoked_at) AS revoked,
      count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > ${instantText(nowMs)}) AS live
    FROM issuances
    WHERE rowid >= ${from} AND rowid < ${to}
      AND is_machine = 1 AND issued_at >= ${instantText(sinceMs)}`
}

function countUnbound({ sinceMs, nowMs }: CountRequest, from: number, to: number): Statement {
  return sql`
    SELECT count(*) FILTER (WHERE revoked = 1) AS revoked,
      count(*) FILTER (WHERE revoked = 0 AND expires_at > ${instantText(nowMs)}) AS live
    FROM unbound_machine_tokens
    WHERE rowid >= ${from} AND rowid < ${to} AND issued_at >= ${instantText(sinceMs)}`
}

/** Looks for live ones among the next tokens of a client. */
export function* surveyMachineTokens(
  request: RequestOf<StorageProtocol, 'surveyMachineTokens'>,
): Operation<ReplyOf<StorageProtocol, 'surveyMachineTokens'>> {
  const cursor = request.cursor ?? first
  const statement =
    cursor.table === 'issuances'
      ? surveyIssuances(request, cursor.below)
      : surveyUnbound(request, cursor.below)
  const seen = yield* one(statement, (row) => ({
    table: cursor.table,
    newest: integer(row, 'newest'),
    oldestLive: row['oldest_live'] === null ? null : integer(row, 'oldest_live'),
    next: nextOf(cursor, row, clientRowsMax),
  }))
  return seen ?? { table: cursor.table, newest: 0, oldestLive: null, next: null }
}

type Survey = Pick<RequestOf<StorageProtocol, 'surveyMachineTokens'>, 'clientId' | 'nowMs'>

function surveyIssuances({ clientId, nowMs }: Survey, below: number): Statement {
  return sql`
    SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
      coalesce(max(place), 0) AS newest, min(place) FILTER (WHERE live) AS oldest_live
    FROM (
      SELECT rowid AS place,
        is_machine = 1 AND revoked_at IS NULL AND expires_at > ${instantText(nowMs)} AS live
      FROM issuances WHERE client_id = ${clientId} AND rowid < ${below}
      ORDER BY rowid DESC LIMIT ${clientRowsMax}
    )`
}

function surveyUnbound({ clientId, nowMs }: Survey, below: number): Statement {
  return sql`
    SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
      coalesce(max(place), 0) AS newest, min(place) FILTER (WHERE live) AS oldest_live
    FROM (
      SELECT rowid AS place, revoked = 0 AND expires_at > ${instantText(nowMs)} AS live
      FROM unbound_machine_tokens WHERE client_id = ${clientId} AND rowid < ${below}
      ORDER BY rowid DESC LIMIT ${clientRowsMax}
    )`
}

/** The rest of the same table, then the other table, then nothing. */
function nextOf(cursor: MachineTokenCursor, row: Row, max: number): MachineTokenCursor | null {
  if (integer(row, 'examined') === max) {
    return { table: cursor.table, below: integer(row, 'lowest') }
  }
  return cursor.table === 'issuances' ? firstUnbound : null
}
