// Issued tokens (spec 07 §3.3, 05 §4.6, decisions B19 and B48).
import type { Issuance } from '../../../src/records/issuance.ts'
import { backendKinds } from '../../../src/records/resource.ts'
import { flag, instantText, instantTextOrNull, jsonText, textOrNull } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  all,
  boolean,
  change,
  instant,
  instantOrAbsent,
  member,
  type Operation,
  one,
  type Row,
  type RowSet,
  type RowShape,
  type Statement,
  sql,
  text,
  textOrAbsent,
  texts,
} from '../sql.ts'
import { lowestIdAt } from './id-window.ts'

const issuanceShape: RowShape<'resource-gone'> = {
  table: 'issuances',
  columns: [
    'id',
    'subject_user_id',
    'client_id',
    'resource_id',
    'scopes',
    'backend_kind',
    'is_machine',
    'revocable',
    'issued_at',
    'expires_at',
    'revoked_at',
    'dpop_jkt',
    'agent_id',
    'agent_chain',
    'consent_client_id',
    'parent_jti',
  ],
  foreignKey: 'resource-gone',
  conflict: null,
}

/** The row of an issuance. */
export function issuanceRow(issuance: Issuance): RowSet<'resource-gone'> {
  return {
    shape: issuanceShape,
    rows: [
      [
        issuance.id,
        issuance.subjectUserId,
        issuance.clientId,
        issuance.resourceId,
        jsonText(issuance.scopes),
        issuance.backendKind,
        flag(issuance.isMachine),
        flag(issuance.revocable),
        instantText(issuance.issuedAtMs),
        instantText(issuance.expiresAtMs),
        instantTextOrNull(issuance.revokedAtMs),
        textOrNull(issuance.dpopJkt),
        textOrNull(issuance.agentId),
        jsonText(issuance.agentChain),
        textOrNull(issuance.consentClientId),
        textOrNull(issuance.parentJti),
      ],
    ],
  }
}

/** One issuance by its id, or null. */
export function readIssuance(id: string): Operation<Issuance | null> {
  return one(sql`SELECT * FROM issuances WHERE id = ${id}`, issuanceOf)
}

/** Marks an issuance as revoked; false when there is none, or it was revoked before. */
export function* revokeIssuanceRow(id: string, nowMs: number): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE issuances SET revoked_at = ${instantText(nowMs)}
    WHERE id = ${id} AND revoked_at IS NULL`)
  return changed === 1
}

/** A consent that ends, and the families that rest on it. */
export interface EndedConsent {
  readonly userId: string
  readonly clientId: string
  readonly resourceId: string
  readonly familyIds: readonly string[]
}

/**
 * Marks what a consent has brought to life and is alive: tokens of the client, and whatever was
 * exchanged from them at any depth (spec 07 §5). Roots are looked for among the tokens of the last
 * two days, whoever asked for them, and among all that the families have not forgotten.
 */
export function revokeLineage(ended: EndedConsent, nowMs: number): Operation<number> {
  const { userId, clientId, resourceId, familyIds } = ended
  const now = instantText(nowMs)
  const from = lowestIdInWindow(nowMs)
  return change(sql`
    WITH RECURSIVE lineage (id) AS (
      SELECT id FROM issuances
      WHERE subject_user_id = ${userId} AND subject_user_id <> client_id
        AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${from} ORDER BY id LIMIT 1)
        AND resource_id = ${resourceId} AND backend_kind = 'mint'
        AND (consent_client_id = ${clientId}
          OR (consent_client_id IS NULL AND client_id = ${clientId}))
      UNION
      SELECT jti FROM access_token_jtis
      WHERE family_id IN (SELECT value FROM json_each(${jsonText(familyIds)}))
      UNION
      SELECT derived.id FROM lineage
      CROSS JOIN issuances AS derived ON derived.parent_jti = lineage.id
      WHERE derived.parent_jti IS NOT NULL AND derived.backend_kind = 'mint'
    )
    UPDATE issuances SET revoked_at = ${now}
    WHERE id IN (SELECT id FROM lineage) AND revoked_at IS NULL AND expires_at > ${now}`)
}

export type IssuanceFilter = StorageProtocol['listIssuances']['request']

/**
 * Issuances that match all filters, newest first. One filter drives through its index (user, then
 * client, then resource), the others are applied to what it finds. A filter without any of these
 * finds nothing; the admin interface asks for at least one.
 */
export function* listIssuances(filter: IssuanceFilter): Operation<readonly Issuance[]> {
  const statement = drivingStatement(filter)
  return statement === null ? [] : yield* all(statement, issuanceOf)
}

function drivingStatement(filter: IssuanceFilter): Statement | null {
  if (filter.jti !== null) return byJti(filter, filter.jti)
  if (filter.userId !== null) return byUser(filter, filter.userId)
  if (filter.clientId !== null) return byClient(filter, filter.clientId)
  if (filter.resourceId !== null) return byResource(filter, filter.resourceId)
  return null
}

/** An id is unique, so that neither time nor limit counts. Broker rows have an id but no jti. */
function byJti({ userId, clientId, resourceId }: IssuanceFilter, jti: string): Statement {
  return sql`SELECT * FROM issuances
    WHERE id = ${jti} AND backend_kind = 'mint'
      AND (${userId} IS NULL OR subject_user_id = ${userId})
      AND (${clientId} IS NULL OR client_id = ${clientId})
      AND (${resourceId} IS NULL OR resource_id = ${resourceId})`
}

/** A user may also be a client that is its own subject; those rows are found by their client. */
function byUser(filter: IssuanceFilter, userId: string): Statement {
  const { clientId, resourceId, limit } = filter
  const since = instantText(filter.sinceMs)
  const from = lowestIdInWindow(filter.sinceMs)
  return sql`SELECT * FROM (
      SELECT rowid AS place, * FROM issuances
      WHERE subject_user_id = ${userId} AND subject_user_id <> client_id
        AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${from} ORDER BY id LIMIT 1)
        AND issued_at >= ${since}
      UNION ALL
      SELECT rowid AS place, * FROM issuances
      WHERE client_id = ${userId} AND subject_user_id = ${userId}
        AND rowid >= (SELECT rowid FROM issuances WHERE id >= ${from} ORDER BY id LIMIT 1)
        AND issued_at >= ${since}
    )
    WHERE (${clientId} IS NULL OR client_id = ${clientId})
      AND (${resourceId} IS NULL OR resource_id = ${resourceId})
    ORDER BY place DESC LIMIT ${limit}`
}

function byClient(filter: IssuanceFilter, clientId: string): Statement {
  const { resourceId, limit } = filter
  return sql`SELECT * FROM issuances
    WHERE client_id = ${clientId}
      AND rowid >= (SELECT rowid FROM issuances
        WHERE id >= ${lowestIdInWindow(filter.sinceMs)} ORDER BY id LIMIT 1)
      AND issued_at >= ${instantText(filter.sinceMs)}
      AND (${resourceId} IS NULL OR resource_id = ${resourceId})
    ORDER BY rowid DESC LIMIT ${limit}`
}

function byResource(filter: IssuanceFilter, resourceId: string): Statement {
  return sql`SELECT * FROM issuances
    WHERE resource_id = ${resourceId}
      AND rowid >= (SELECT rowid FROM issuances
        WHERE id >= ${lowestIdInWindow(filter.sinceMs)} ORDER BY id LIMIT 1)
      AND issued_at >= ${instantText(filter.sinceMs)}
    ORDER BY rowid DESC LIMIT ${filter.limit}`
}

/**
 * Ids, instants and the order of commit agree but for the time between them and for set-back
 * clocks.
 */
const orderSlackMs = 48 * 3_600_000

/**
 * Where a window begins in the order of commit: the smallest UUIDv7 of an instant well before it.
 * It only saves reading older rows; which rows belong to the window is decided by `issued_at`.
 */
function lowestIdInWindow(sinceMs: number): string {
  return lowestIdAt(sinceMs - orderSlackMs)
}

function issuanceOf(row: Row): Issuance {
  return {
    id: text(row, 'id'),
    subjectUserId: text(row, 'subject_user_id'),
    clientId: text(row, 'client_id'),
    resourceId: text(row, 'resource_id'),
    scopes: texts(row, 'scopes'),
    backendKind: member(row, 'backend_kind', backendKinds),
    isMachine: boolean(row, 'is_machine'),
    revocable: boolean(row, 'revocable'),
    issuedAtMs: instant(row, 'issued_at'),
    expiresAtMs: instant(row, 'expires_at'),
    revokedAtMs: instantOrAbsent(row, 'revoked_at'),
    dpopJkt: textOrAbsent(row, 'dpop_jkt'),
    agentId: textOrAbsent(row, 'agent_id'),
    agentChain: texts(row, 'agent_chain'),
    consentClientId: textOrAbsent(row, 'consent_client_id'),
    parentJti: textOrAbsent(row, 'parent_jti'),
  }
}
