// What users have allowed clients (spec 01 §8, 07 §3.6).
import type { ConsentGrant } from '../../../src/records/consent-grant.ts'
import { instantText, instantTextOrNull, jsonText } from '../dialect.ts'
import {
  all,
  change,
  instant,
  instantOrAbsent,
  type Operation,
  one,
  type Row,
  sql,
  text,
  texts,
} from '../sql.ts'

/** Rows of one list; a user who allows more clients than that sees the newest. */
const listedMax = 1000

interface Triple {
  readonly userId: string
  readonly clientId: string
  readonly resourceId: string
}

/** One consent by its id, or null. */
export function readConsent(id: string): Operation<ConsentGrant | null> {
  return one(sql`SELECT * FROM consent_grants WHERE id = ${id}`, consentOf)
}

/** The consent of a user for a client and a resource, unless it is revoked. */
export function readLiveConsent(of: Triple): Operation<ConsentGrant | null> {
  return one(
    sql`SELECT * FROM consent_grants
      WHERE user_id = ${of.userId} AND client_id = ${of.clientId}
        AND resource_id = ${of.resourceId} AND revoked_at IS NULL`,
    consentOf,
  )
}

/** All consents of a user, newest first. */
export function listConsentGrants(userId: string): Operation<readonly ConsentGrant[]> {
  return all(
    sql`SELECT * FROM consent_grants WHERE user_id = ${userId}
      ORDER BY created_at DESC, rowid DESC LIMIT ${listedMax}`,
    consentOf,
  )
}

/** Stores a consent; one that exists, revoked or not, gets its scopes and lives. */
export function* upsertConsent(consent: ConsentGrant): Operation<void> {
  const updatedAt = instantText(consent.updatedAtMs)
  const scopes = jsonText(consent.scopes)
  yield* change(sql`
    INSERT INTO consent_grants (id, user_id, client_id, resource_id, scopes, created_at,
      updated_at, revoked_at)
    VALUES (${consent.id}, ${consent.userId}, ${consent.clientId}, ${consent.resourceId},
      ${scopes}, ${instantText(consent.createdAtMs)}, ${updatedAt},
      ${instantTextOrNull(consent.revokedAtMs)})
    ON CONFLICT (user_id, client_id, resource_id)
    DO UPDATE SET scopes = ${scopes}, updated_at = ${updatedAt}, revoked_at = NULL`)
}

/** A consent that has ended, and what the same user still lets the same client do. */
export interface EndedGrant {
  readonly userId: string
  readonly clientId: string
  /** URI of the resource it was for; empty = there is no such resource any more. */
  readonly resource: string
  /** URIs of the resources that other live consents are for. */
  readonly carried: readonly string[]
}

/**
 * The end of a consent for `resource`, whose row is marked already. What it carried is found by
 * exclusion: the resource may have had another URI when that came to life.
 */
export function* endOfConsent(
  { userId, clientId }: Pick<ConsentGrant, 'userId' | 'clientId'>,
  resource: string,
): Operation<EndedGrant> {
  const uris = yield* all(
    sql`SELECT uri FROM resources JOIN consent_grants ON resource_id = resources.id
      WHERE user_id = ${userId} AND client_id = ${clientId} AND revoked_at IS NULL`,
    (row) => text(row, 'uri'),
  )
  return { userId, clientId, resource, carried: uris.filter((uri) => uri !== resource) }
}

/** Marks a consent as revoked. */
export function* revokeConsent(id: string, nowMs: number): Operation<void> {
  const now = instantText(nowMs)
  yield* change(sql`
    UPDATE consent_grants SET revoked_at = ${now}, updated_at = ${now} WHERE id = ${id}`)
}

function consentOf(row: Row): ConsentGrant {
  return {
    id: text(row, 'id'),
    userId: text(row, 'user_id'),
    clientId: text(row, 'client_id'),
    resourceId: text(row, 'resource_id'),
    scopes: texts(row, 'scopes'),
    createdAtMs: instant(row, 'created_at'),
    updatedAtMs: instant(row, 'updated_at'),
    revokedAtMs: instantOrAbsent(row, 'revoked_at'),
  }
}
