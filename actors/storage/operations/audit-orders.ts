// The orders in which rows of the audit log are found, newest first (spec 05 §4.8, B48): the table
// itself, the index of an action, an actor or a client, and, for tokens that have an issuance, the
// issuances of their client. What another filter asks for is tested row by row.
import { instantText } from '../dialect.ts'
import type { AuditQuery } from '../protocol.ts'
import { type Statement, sql } from '../sql.ts'
import { beyondAllIds, beyondAllRowids, lowestIdAt } from './id-window.ts'

/**
 * How far an id and `created_at` of one row are apart, at most: a request lasts seconds, and a
 * clock that was set back does not set back the ids of a running process. Only saves looking at
 * rows; to which window a row belongs is decided by `created_at`.
 */
const idSlackMs = 3_600_000

/** A row's position within one order: its id, or its rowid. */
export type Place = string | number

/** One order in which rows can be read. `from` is exclusive, `to` inclusive. */
export interface AuditOrder {
  /** Before its first row. */
  readonly start: Place
  /** Place of the `count`-th row below `from`; no row when the order ends sooner. */
  readonly end: (from: Place, count: number) => Statement
  /** Place and id of the matching rows from `from` down to `to`; null = to the end. */
  readonly rows: (
    from: Place,
    to: Place | null,
    part: { readonly limit: number; readonly offset: number },
  ) => Statement
}

const issued = 'client_credentials.issued'
/** Actions whose rows stand beside an issuance, if their token has one. */
const actionsOfTokens: readonly string[] = [
  issued,
  'token.issued',
  'token.refreshed',
  'token.refresh_retried',
]

/** The orders in which all rows of a query are found, each row in one of them. */
export function auditOrders(query: AuditQuery): readonly AuditOrder[] {
  const { action, actorId, clientId } = query
  const ofTokens = action === null || actionsOfTokens.includes(action)
  if (clientId !== null) {
    const own = byClient(query, clientId)
    return ofTokens ? [own, byIssuance(query, clientId)] : [own]
  }
  if (actorId !== null) {
    // Who is issued a token of its own is a client, else a user, and the actor of that row.
    const ofClient = [unboundByClient(query, actorId), byIssuance(query, actorId)]
    const ofUser = [byActor(query, actorId), bySubject(query, actorId)]
    if (action === issued) return ofClient
    if (action !== null) return ofTokens ? ofUser : [byActor(query, actorId)]
    return [...ofUser, ...ofClient]
  }
  return [action === null || action === issued ? byId(query) : byAction(query, action)]
}

/** The table itself; rows of issued tokens are most of it, and need no index. */
function byId(query: AuditQuery): AuditOrder {
  const { lowest, start, fits } = windowOf(query)
  return {
    start,
    end: (from, count) => sql`SELECT id AS place FROM audit_events
      WHERE id < ${from} AND id >= ${lowest} ORDER BY id DESC LIMIT 1 OFFSET ${count - 1}`,
    rows: (from, to, { limit, offset }) => sql`SELECT id AS place, id FROM audit_events
      WHERE id < ${from} AND id >= ${to ?? lowest}
        AND (${fits.action} IS NULL OR action = ${fits.action})
        AND (${fits.traceId} IS NULL OR trace_id = ${fits.traceId})
        AND created_at >= ${fits.since} AND created_at < ${fits.until}
      ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  }
}

function byAction(query: AuditQuery, action: string): AuditOrder {
  const { lowest, start, fits } = windowOf(query)
  return {
    start,
    end: (from, count) => sql`SELECT id AS place FROM audit_events
      WHERE action = ${action} AND action <> 'client_credentials.issued'
        AND id < ${from} AND id >= ${lowest} ORDER BY id DESC LIMIT 1 OFFSET ${count - 1}`,
    rows: (from, to, { limit, offset }) => sql`SELECT id AS place, id FROM audit_events
      WHERE action = ${action} AND action <> 'client_credentials.issued'
        AND id < ${from} AND id >= ${to ?? lowest}
        AND (${fits.traceId} IS NULL OR trace_id = ${fits.traceId})
        AND created_at >= ${fits.since} AND created_at < ${fits.until}
      ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  }
}

/** Everything of an actor but tokens that have an issuance, or are machine tokens. */
function byActor(query: AuditQuery, actorId: string): AuditOrder {
  const { lowest, start, fits } = windowOf(query)
  return {
    start,
    end: (from, count) => sql`SELECT id AS place FROM audit_events
      WHERE actor_id = ${actorId} AND action <> 'client_credentials.issued' AND has_issuance = 0
        AND id < ${from} AND id >= ${lowest} ORDER BY id DESC LIMIT 1 OFFSET ${count - 1}`,
    rows: (from, to, { limit, offset }) => sql`SELECT id AS place, id FROM audit_events
      WHERE actor_id = ${actorId} AND action <> 'client_credentials.issued' AND has_issuance = 0
        AND id < ${from} AND id >= ${to ?? lowest}
        AND (${fits.action} IS NULL OR action = ${fits.action})
        AND (${fits.traceId} IS NULL OR trace_id = ${fits.traceId})
        AND created_at >= ${fits.since} AND created_at < ${fits.until}
      ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  }
}

/** Everything of a client but its tokens that have an issuance. */
function byClient(query: AuditQuery, clientId: string): AuditOrder {
  const { lowest, start, fits } = windowOf(query)
  return {
    start,
    end: (from, count) => sql`SELECT id AS place FROM audit_events
      WHERE client_id = ${clientId} AND client_id <> '' AND has_issuance = 0
        AND id < ${from} AND id >= ${lowest} ORDER BY id DESC LIMIT 1 OFFSET ${count - 1}`,
    rows: (from, to, { limit, offset }) => sql`SELECT id AS place, id FROM audit_events
      WHERE client_id = ${clientId} AND client_id <> '' AND has_issuance = 0
        AND id < ${from} AND id >= ${to ?? lowest}
        AND (${fits.action} IS NULL OR action = ${fits.action})
        AND (${fits.actorId} IS NULL OR actor_id = ${fits.actorId})
        AND (${fits.traceId} IS NULL OR trace_id = ${fits.traceId})
        AND created_at >= ${fits.since} AND created_at < ${fits.until}
      ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  }
}

/** Of the same, only the tokens. */
function unboundByClient(query: AuditQuery, clientId: string): AuditOrder {
  return byClient({ ...query, action: issued }, clientId)
}

/**
 * Tokens of a client that have an issuance, in the order of commit, which is that of ids but for
 * moments. A row that is looked at costs two lookups elsewhere.
 */
function byIssuance(query: AuditQuery, clientId: string): AuditOrder {
  const { lowest, start, fits } = windowOf(query)
  return {
    start: beyondAllRowids,
    end: (from, count) => sql`SELECT rowid AS place FROM issuances
      WHERE client_id = ${clientId} AND rowid < ${from}
        AND rowid < coalesce(
          (SELECT rowid FROM issuances WHERE id >= ${start} ORDER BY id LIMIT 1),
          ${beyondAllRowids})
        AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${lowest} ORDER BY id LIMIT 1)
      ORDER BY rowid DESC LIMIT 1 OFFSET ${count - 1}`,
    // CROSS JOIN: the planner takes the tables in this order.
    rows: (from, to, { limit, offset }) => sql`SELECT i.rowid AS place, a.id
      FROM issuances AS i CROSS JOIN audit_events AS a ON a.id = i.id
      WHERE i.client_id = ${clientId} AND i.rowid < ${from}
        AND i.rowid < coalesce(
          (SELECT rowid FROM issuances WHERE id >= ${start} ORDER BY id LIMIT 1),
          ${beyondAllRowids})
        AND i.rowid >= coalesce(${to},
          (SELECT rowid FROM issuances WHERE id >= ${lowest} ORDER BY id LIMIT 1))
        AND a.has_issuance = 1
        AND (${fits.action} IS NULL OR a.action = ${fits.action})
        AND (${fits.actorId} IS NULL OR a.actor_id = ${fits.actorId})
        AND (${fits.traceId} IS NULL OR a.trace_id = ${fits.traceId})
        AND a.created_at >= ${fits.since} AND a.created_at < ${fits.until}
      ORDER BY i.rowid DESC LIMIT ${limit} OFFSET ${offset}`,
  }
}

/** As `byIssuance`, tokens of a user. */
function bySubject(query: AuditQuery, userId: string): AuditOrder {
  const { lowest, start, fits } = windowOf(query)
  return {
    start: beyondAllRowids,
    end: (from, count) => sql`SELECT rowid AS place FROM issuances
      WHERE subject_user_id = ${userId} AND subject_user_id <> client_id AND rowid < ${from}
        AND rowid < coalesce(
          (SELECT rowid FROM issuances WHERE id >= ${start} ORDER BY id LIMIT 1),
          ${beyondAllRowids})
        AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${lowest} ORDER BY id LIMIT 1)
      ORDER BY rowid DESC LIMIT 1 OFFSET ${count - 1}`,
    rows: (from, to, { limit, offset }) => sql`SELECT i.rowid AS place, a.id
      FROM issuances AS i CROSS JOIN audit_events AS a ON a.id = i.id
      WHERE i.subject_user_id = ${userId} AND i.subject_user_id <> i.client_id
        AND i.rowid < ${from}
        AND i.rowid < coalesce(
          (SELECT rowid FROM issuances WHERE id >= ${start} ORDER BY id LIMIT 1),
          ${beyondAllRowids})
        AND i.rowid >= coalesce(${to},
          (SELECT rowid FROM issuances WHERE id >= ${lowest} ORDER BY id LIMIT 1))
        AND a.has_issuance = 1
        AND (${fits.action} IS NULL OR a.action = ${fits.action})
        AND (${fits.actorId} IS NULL OR a.actor_id = ${fits.actorId})
        AND (${fits.traceId} IS NULL OR a.trace_id = ${fits.traceId})
        AND a.created_at >= ${fits.since} AND a.created_at < ${fits.until}
      ORDER BY i.rowid DESC LIMIT ${limit} OFFSET ${offset}`,
  }
}

/** Sorts after every instant. */
const endOfTime = ':'

function windowOf(query: AuditQuery) {
  const { sinceMs, untilMs, action, actorId, traceId } = query
  return {
    lowest: lowestIdAt(sinceMs - idSlackMs),
    start: untilMs === null ? beyondAllIds : lowestIdAt(untilMs + idSlackMs),
    fits: {
      since: instantText(sinceMs),
      until: untilMs === null ? endOfTime : instantText(untilMs),
      action,
      actorId,
      traceId,
    },
  }
}
