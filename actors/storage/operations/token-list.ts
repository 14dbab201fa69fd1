// The list of tokens for administrators (spec 05 §4.2), a bounded number of rows at a time (ADR
// 17): each step finds the places of the next rows that match, and reads only those of the page.
import type { ListedToken } from '../../../src/records/listed-token.ts'
import { type FamilyStatus, familyStatuses } from '../../../src/records/token-family.ts'
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import { instantText, jsonText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  all,
  boolean,
  instant,
  integer,
  list,
  member,
  type Operation,
  one,
  type Row,
  type Statement,
  sql,
  text,
  texts,
} from '../sql.ts'
import { readFamily } from './families.ts'
import { beyondAllRowids, lowestIdAt } from './id-window.ts'
import { readIssuance } from './issuances.ts'

/** Rows of one step: up to 10 ms, where they are scattered over a table. */
const rowsMax = 10_000

/** How far the order of commit and the order of ids are apart, at most. */
const orderSlackMs = 3_600_000

type Request = RequestOf<StorageProtocol, 'listTokens'>

/** Rows of one step: how many were looked at, down to which, and the places of those that match. */
interface Step {
  readonly examined: number
  readonly lowest: number
  readonly places: readonly number[]
}

/** The next tokens of one part of the list. */
export function* listTokens(request: Request): Operation<ReplyOf<StorageProtocol, 'listTokens'>> {
  const below = request.below ?? beyondAllRowids
  const step = yield* one(
    stepOf(request, below),
    (row): Step => ({
      examined: integer(row, 'examined'),
      lowest: integer(row, 'lowest'),
      places: list(row, 'places').map(Number),
    }),
  )
  if (step === null) return { count: 0, tokens: [], next: null }
  const newestFirst = step.places.toSorted((left, right) => right - left)
  const wanted = newestFirst.slice(request.skip, request.skip + request.limit)
  return {
    count: step.places.length,
    tokens: wanted.length === 0 ? [] : yield* readTokens(request.section, wanted),
    next: step.examined === rowsMax ? step.lowest : null,
  }
}

function stepOf(request: Request, below: number): Statement {
  switch (request.section) {
    case 'active-families':
      return familyStep(request, 'active', below)
    case 'revoked-families':
      return familyStep(request, 'revoked', below)
    case 'bound':
      return boundStep(request, below)
    case 'unbound':
      return unboundStep(request, below)
  }
}

/** User, then client, drives through its index, in which families of one status are in order. */
function familyStep({ userId, clientId }: Request, status: FamilyStatus, below: number): Statement {
  if (userId !== null) {
    return sql`
      SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
        json_group_array(place) FILTER (WHERE is_wanted) AS places
      FROM (
        SELECT rowid AS place, ${clientId} IS NULL OR client_id = ${clientId} AS is_wanted
        FROM token_families
        WHERE user_id = ${userId} AND status = ${status} AND rowid < ${below}
        ORDER BY rowid DESC LIMIT ${rowsMax}
      )`
  }
  if (clientId !== null) {
    return sql`
      SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
        json_group_array(place) AS places
      FROM (
        SELECT rowid AS place FROM token_families
        WHERE client_id = ${clientId} AND status = ${status} AND rowid < ${below}
        ORDER BY rowid DESC LIMIT ${rowsMax}
      )`
  }
  return sql`
    SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
      json_group_array(place) FILTER (WHERE is_wanted) AS places
    FROM (
      SELECT rowid AS place, status = ${status} AS is_wanted FROM token_families
      WHERE rowid < ${below}
      ORDER BY rowid DESC LIMIT ${rowsMax}
    )`
}

function boundStep({ clientId, machineSinceMs, nowMs }: Request, below: number): Statement {
  const now = instantText(nowMs)
  const oldest = lowestIdAt(machineSinceMs - orderSlackMs)
  if (clientId !== null) {
    return sql`
      SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
        json_group_array(place) FILTER (WHERE is_wanted) AS places
      FROM (
        SELECT rowid AS place, is_machine = 1 AND expires_at > ${now} AS is_wanted
        FROM issuances
        WHERE client_id = ${clientId} AND rowid < ${below}
          AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${oldest} ORDER BY id LIMIT 1)
        ORDER BY rowid DESC LIMIT ${rowsMax}
      )`
  }
  return sql`
    SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
      json_group_array(place) FILTER (WHERE is_wanted) AS places
    FROM (
      SELECT rowid AS place, is_machine = 1 AND expires_at > ${now} AS is_wanted
      FROM issuances
      WHERE rowid < ${below}
        AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${oldest} ORDER BY id LIMIT 1)
      ORDER BY rowid DESC LIMIT ${rowsMax}
    )`
}

function unboundStep({ clientId, machineSinceMs, nowMs }: Request, below: number): Statement {
  const now = instantText(nowMs)
  const oldest = lowestIdAt(machineSinceMs - orderSlackMs)
  if (clientId !== null) {
    return sql`
      SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
        json_group_array(place) FILTER (WHERE is_wanted) AS places
      FROM (
        SELECT rowid AS place, expires_at > ${now} AS is_wanted
        FROM unbound_machine_tokens
        WHERE client_id = ${clientId} AND rowid < ${below} AND rowid >= (
          SELECT rowid FROM unbound_machine_tokens WHERE jti >= ${oldest} ORDER BY jti LIMIT 1)
        ORDER BY rowid DESC LIMIT ${rowsMax}
      )`
  }
  return sql`
    SELECT count(*) AS examined, coalesce(min(place), 0) AS lowest,
      json_group_array(place) FILTER (WHERE is_wanted) AS places
    FROM (
      SELECT rowid AS place, expires_at > ${now} AS is_wanted
      FROM unbound_machine_tokens
      WHERE rowid < ${below} AND rowid >= (
        SELECT rowid FROM unbound_machine_tokens WHERE jti >= ${oldest} ORDER BY jti LIMIT 1)
      ORDER BY rowid DESC LIMIT ${rowsMax}
    )`
}

function readTokens(
  section: Request['section'],
  places: readonly number[],
): Operation<readonly ListedToken[]> {
  const wanted = jsonText(places)
  switch (section) {
    case 'bound':
      return all(
        sql`SELECT id, client_id, scopes, issued_at, expires_at, revoked_at IS NOT NULL AS revoked,
            (SELECT uri FROM resources WHERE id = resource_id) AS resource
          FROM issuances WHERE rowid IN (SELECT value FROM json_each(${wanted}))
          ORDER BY rowid DESC`,
        (row) => machineTokenOf(row, texts(row, 'scopes').join(' ')),
      )
    case 'unbound':
      return all(
        sql`SELECT jti AS id, client_id, scopes, issued_at, expires_at, revoked, '' AS resource
          FROM unbound_machine_tokens WHERE rowid IN (SELECT value FROM json_each(${wanted}))
          ORDER BY rowid DESC`,
        (row) => machineTokenOf(row, text(row, 'scopes')),
      )
    default:
      return all(
        sql`SELECT id, client_id, user_id, scope, resource, status, created_at
          FROM token_families WHERE rowid IN (SELECT value FROM json_each(${wanted}))
          ORDER BY rowid DESC`,
        familyTokenOf,
      )
  }
}

function familyTokenOf(row: Row): ListedToken {
  return {
    id: text(row, 'id'),
    kind: 'authorization_code',
    clientId: text(row, 'client_id'),
    userId: text(row, 'user_id'),
    scope: text(row, 'scope'),
    resource: text(row, 'resource'),
    status: member(row, 'status', familyStatuses),
    createdAtMs: instant(row, 'created_at'),
    expiresAtMs: null,
  }
}

function machineTokenOf(row: Row, scope: string): ListedToken {
  return {
    id: text(row, 'id'),
    kind: 'client_credentials',
    clientId: text(row, 'client_id'),
    userId: null,
    scope,
    resource: text(row, 'resource'),
    status: boolean(row, 'revoked') ? 'revoked' : 'active',
    createdAtMs: instant(row, 'issued_at'),
    expiresAtMs: instant(row, 'expires_at'),
  }
}

/** What an id belongs to. Tokens of a broker are not ours to revoke. */
export function* findToken({
  id,
}: RequestOf<StorageProtocol, 'findToken'>): Operation<ReplyOf<StorageProtocol, 'findToken'>> {
  const family = yield* readFamily(id)
  if (family !== null) return { family, accessToken: null }
  const issuance = yield* readIssuance(id)
  if (issuance !== null) {
    const { clientId, isMachine, expiresAtMs, backendKind } = issuance
    const accessToken = backendKind === 'mint' ? { clientId, isMachine, expiresAtMs } : null
    return { family, accessToken }
  }
  const accessToken = yield* one(
    sql`SELECT client_id, expires_at FROM unbound_machine_tokens WHERE jti = ${id}`,
    (row) => ({
      clientId: text(row, 'client_id'),
      isMachine: true,
      expiresAtMs: instant(row, 'expires_at'),
    }),
  )
  return { family, accessToken }
}
