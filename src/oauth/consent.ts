// What a user is asked, what an earlier answer covers, and what an answer means (spec 01 §6 and §8,
// decision CS-10, CM-23).
import type { Authorization } from '../records/authorization.ts'
import type { Client } from '../records/client.ts'
import type { ConsentGrant } from '../records/consent-grant.ts'
import type { Resource } from '../records/resource.ts'
import { requireResource, scopeNamesOf } from './authorization-request.ts'
import { PageRefusal } from './page-refusal.ts'
import { destinationOf, matchesRedirectUri } from './redirect-uri.ts'
import { isSubset, parseScope, sortScope } from './scope.ts'

/** A pending authorization as it was read. */
export interface PendingRead {
  readonly authorization: Authorization | null
  readonly client: Client | null
  /** Rows with the resource's URI, at most two. */
  readonly resources: readonly Resource[]
}

/** A pending authorization that its user may answer. */
export interface Pending {
  readonly authorization: Authorization
  readonly client: Client
  /** Null = bound to none. */
  readonly resource: Resource | null
}

/** One thing to be ticked. */
export interface AskedScope {
  readonly name: string
  /** Empty = none is known. */
  readonly description: string
}

/** Where an earlier answer may count. */
export interface ReuseCase {
  readonly client: Client
  readonly redirectUri: string
  readonly reconsentsNative: boolean
}

/**
 * Whether a request to this redirect URI can ever go without the page (CS-10): a program on the
 * user's computer may claim a loopback port or a scheme of another, so it is not enough that the
 * user once said yes to somebody there.
 */
export function canReuseConsent({ client, redirectUri, reconsentsNative }: ReuseCase): boolean {
  const isTrusted = client.registrationSource === 'admin' || !reconsentsNative
  return isTrusted || destinationOf(redirectUri).kind === 'site'
}

/** Whether a stored consent answers a request for `scope`. */
export function isCovered(scope: string, consent: ConsentGrant | null, of: ReuseCase): boolean {
  if (consent === null || !canReuseConsent(of)) return false
  const { client } = of
  // The document said something else when the user was asked (CM-23).
  const isChanged = client.registrationSource === 'cimd' && consent.updatedAtMs < client.updatedAtMs
  return !isChanged && isSubset(parseScope(scope), consent.scopes)
}

/** What to ask for, in the order of the resource's own list. */
export function askedScopes({ authorization, resource }: Pending): readonly AskedScope[] {
  const names = parseScope(authorization.scope)
  if (resource === null) return names.map((name) => ({ name, description: '' }))
  return resource.scopes
    .filter(({ name }) => names.includes(name))
    .map(({ name, description }) => ({ name, description }))
}

/**
 * The authorization, if it waits for an answer of this user and can still have one.
 * @throws PageRefusal
 */
export function requirePending(
  { authorization, client, resources }: PendingRead,
  { userId, nowMs }: { readonly userId: string; readonly nowMs: number },
): Pending {
  if (authorization === null || !isPendingFor(authorization, userId, nowMs)) {
    throw new PageRefusal('authorization-gone')
  }
  if (client === null) throw new PageRefusal('unknown-client')
  if (client.status !== 'active') throw new PageRefusal('inactive-client')
  if (!matchesRedirectUri(client.redirectUris, authorization.redirectUri)) {
    throw new PageRefusal('redirect-uri')
  }
  const resource = authorization.resource === '' ? null : requireResource(resources)
  return { authorization, client, resource }
}

/** An empty user is nobody's: who began it would have been signed in. */
function isPendingFor(
  { userId, codeHash, consumedAtMs, expiresAtMs }: Authorization,
  visitorId: string,
  nowMs: number,
): boolean {
  const isOwn = userId !== '' && userId === visitorId
  return isOwn && codeHash === null && consumedAtMs === null && expiresAtMs > nowMs
}

/** The scopes that a yes with these ticks grants, sorted. @throws PageRefusal */
export function decideApproval(pending: Pending, ticked: readonly string[]): readonly string[] {
  if (ticked.length === 0) throw new PageRefusal('nothing-chosen')
  const asked = parseScope(pending.authorization.scope)
  const { resource } = pending
  const isOffered = resource === null || isSubset(ticked, scopeNamesOf(resource))
  if (!isOffered || !isSubset(ticked, asked)) throw new PageRefusal('scope-not-asked')
  return sortScope(ticked)
}
