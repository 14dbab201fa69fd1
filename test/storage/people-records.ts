// Valid records of people and of what they allow, for storage tests, and a storage that holds the
// usual ones; each test overrides what it is about.
import type { TestContext } from 'node:test'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { AuditAction } from '../../src/records/audit-event.ts'
import type { Authorization } from '../../src/records/authorization.ts'
import type { ConsentGrant } from '../../src/records/consent-grant.ts'
import type { PresentedRefreshToken, RefreshToken } from '../../src/records/refresh-token.ts'
import type { RefreshedFamily, TokenFamily } from '../../src/records/token-family.ts'
import type { User } from '../../src/records/user.ts'
import type { UserToken } from '../../src/records/user-token.ts'
import { type Message, type Storage, startStorage } from './harness.ts'
import { auditEvent, client, nowMs, resource } from './records.ts'

const random = systemRandom()
export const uri = 'https://resource.example/mcp'
export const hourMs = 3_600_000

type Request<Kind extends keyof StorageProtocol> = StorageProtocol[Kind]['request']

export function user(over: Partial<User> = {}): User {
  const id = random.opaqueId()
  return {
    id,
    email: `${id.toLowerCase()}@people.example`,
    name: 'Test user',
    passwordHash: '$argon2id$v=19$stored',
    role: 'user',
    status: 'active',
    provider: 'local',
    providerSub: '',
    providerIssuer: '',
    sessionsSinceMs: null,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...over,
  }
}

export function consent(over: Partial<ConsentGrant> = {}): ConsentGrant {
  return {
    id: 'consent',
    userId: 'user',
    clientId: 'client',
    resourceId: 'resource',
    scopes: ['read', 'write'],
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    revokedAtMs: null,
    ...over,
  }
}

/** One whose code is issued; its hash is `hash of` its id. */
export function authorization(over: Partial<Authorization> = {}): Authorization {
  const id = over.id ?? random.opaqueId()
  return {
    id,
    clientId: 'client',
    userId: 'user',
    redirectUri: 'https://client.example/callback',
    scope: 'read write',
    resource: uri,
    state: 'state',
    codeHash: `hash of ${id}`,
    codeChallenge: 'challenge',
    expiresAtMs: nowMs + 600_000,
    consumedAtMs: null,
    failedRedemptions: 0,
    createdAtMs: nowMs,
    ...over,
  }
}

export function family(over: Partial<TokenFamily> = {}): TokenFamily {
  return {
    id: random.uuidV7(nowMs),
    clientId: 'client',
    userId: 'user',
    scope: 'read write',
    resource: uri,
    status: 'active',
    authorizationId: null,
    createdAtMs: nowMs,
    revokedAtMs: null,
    ...over,
  }
}

export function refreshToken(over: Partial<RefreshToken> = {}): RefreshToken {
  const id = over.id ?? random.uuidV7(nowMs)
  return {
    id,
    familyId: 'family',
    tokenHash: `hash of ${id}`,
    expiresAtMs: nowMs + 30 * 24 * hourMs,
    consumedAtMs: null,
    dpopJkt: null,
    parentId: null,
    siblings: 0,
    createdAtMs: nowMs,
    ...over,
  }
}

/** A refresh token as a refresh reads it. */
export function presentedOf(token: RefreshToken): PresentedRefreshToken {
  const { id, expiresAtMs, consumedAtMs, dpopJkt, siblings } = token
  return { id, expiresAtMs, consumedAtMs, dpopJkt, siblings }
}

/** A family as a refresh reads it. */
export function refreshedOf(made: TokenFamily): RefreshedFamily {
  const { id, clientId, userId, scope, resource: at, status } = made
  return { id, clientId, userId, scope, resource: at, status }
}

export function userToken(over: Partial<UserToken> = {}): UserToken {
  const issuedAtMs = over.issuedAtMs ?? nowMs
  return {
    jti: random.uuidV7(issuedAtMs),
    familyId: 'family',
    userId: 'user',
    clientId: 'client',
    resourceId: 'resource',
    scopes: ['read', 'write'],
    issuedAtMs,
    expiresAtMs: issuedAtMs + hourMs,
    isAgent: false,
    dpopJkt: null,
    ...over,
  }
}

/** The redemption of the code of `authorizationId`. */
export function redemption(
  authorizationId: string,
  over: Partial<Request<'redeemCode'>> = {},
): Request<'redeemCode'> {
  const made = over.family ?? family({ authorizationId })
  const token = over.token ?? userToken({ familyId: made.id })
  return {
    authorizationId,
    family: made,
    token,
    refreshToken: refreshToken({ familyId: made.id }),
    proof: null,
    consentId: 'consent',
    nowMs,
    audit: tokenAudit('token.issued', token),
    ...over,
  }
}

type Rotation = Omit<Request<'rotateRefreshToken'>, 'successor'> & {
  readonly successor: RefreshToken
}

/** The use of `presented`. */
export function rotation(presented: RefreshToken, over: Partial<Rotation> = {}): Rotation {
  return {
    presentedId: presented.id,
    successor: refreshToken({ familyId: presented.familyId, parentId: presented.id }),
    token: userToken({ familyId: presented.familyId }),
    proof: null,
    consentId: 'consent',
    grace: { windowMs: 10_000, siblingsMax: 5 },
    caller: { ip: '198.51.100.7', traceId: null },
    nowMs,
    ...over,
  }
}

export function tokenAudit(action: AuditAction, token: UserToken) {
  const { jti: id, userId: actorId, clientId } = token
  return auditEvent(action, { id, actorId, clientId, detail: `jti=${id}` })
}

/** A storage with a client, a user, a resource and a consent, each called what it is. */
export async function withPeople(t: TestContext): Promise<Storage> {
  const storage = await startStorage(t)
  await storage.commit('createClient', {
    client: client({ id: 'client' }),
    audit: auditEvent('client.created_admin'),
  })
  await storage.commit('createResource', {
    resource: resource({ id: 'resource', uri }),
    audit: auditEvent('resource.created'),
  })
  await addUser(storage, user({ id: 'user' }))
  await allow(storage, consent())
  return storage
}

export async function addUser(storage: Storage, record: User): Promise<void> {
  await storage.commit('createUser', { user: record, audit: auditEvent('user.created') })
}

/** Stores a consent as a user's yes does. */
export async function allow(storage: Storage, grant: ConsentGrant): Promise<void> {
  const { clientId, userId } = grant
  const pending = authorization({ clientId, userId, codeHash: null })
  await storage.commit('startAuthorization', { authorization: pending })
  const answer = await storage.commit('approveConsent', {
    authorizationId: pending.id,
    userId,
    consent: grant,
    scope: grant.scopes.join(' '),
    codeHash: random.secret(),
    nowMs,
    audit: auditEvent('consent.granted'),
  })
  if (!answer.ok) throw new Error(answer.refusal)
}

export interface Redeemed {
  readonly authorization: Authorization
  readonly family: TokenFamily
  readonly token: UserToken
  readonly refreshToken: RefreshToken
}

/** A code that was redeemed: its family with one access token and one refresh token. */
export async function redeemed(
  storage: Storage,
  over: Partial<TokenFamily> = {},
): Promise<Redeemed> {
  const { clientId = 'client', userId = 'user', resource: at = uri } = over
  const pending = authorization({ clientId, userId, resource: at })
  await storage.commit('startAuthorization', { authorization: pending })
  const made = family({ authorizationId: pending.id, ...over })
  const token = userToken({ familyId: made.id, userId, clientId })
  const refresh = refreshToken({ familyId: made.id })
  const request = redemption(pending.id, {
    family: made,
    token,
    refreshToken: refresh,
    consentId: null,
  })
  const answer = await storage.commit('redeemCode', request)
  if (!answer.ok) throw new Error(answer.refusal)
  return { authorization: pending, family: made, token, refreshToken: refresh }
}

export function message<Kind extends Message['kind']>(kind: Kind, request: Request<Kind>): Message {
  return { kind, request } as Message
}

/** How many rows a table has. */
export function count(storage: Storage, table: string): unknown {
  return storage.query(`SELECT count(*) AS n FROM ${table}`)[0]?.['n']
}
