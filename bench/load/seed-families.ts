// Families of tokens for the benchmark of rotations, each of a user of its own, as a login and a
// consent leave them; and the requests that refresh them, in random order: neighbours in the
// database are not refreshed one after another.
import { writeFileSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { sha256Base64url } from '../../src/base/hash.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { Authorization } from '../../src/records/authorization.ts'
import type { RefreshToken } from '../../src/records/refresh-token.ts'
import type { TokenFamily } from '../../src/records/token-family.ts'
import type { User } from '../../src/records/user.ts'
import type { UserToken } from '../../src/records/user-token.ts'
import { type Population, scopeNames } from './population.ts'
import { inTurns, patience, type Storage, seedingAudit, withStorage } from './seeding-storage.ts'

/** What a client knows of a family. */
export interface SeededFamily {
  readonly client: Population['clients'][number]
  readonly resource: Population['resources'][number]
  /** Its newest refresh token. */
  readonly refreshToken: string
}

const hourMs = 3_600_000
const scope = scopeNames.join(' ')
const random = systemRandom()

/** Adds `count` families to the database at `path`, spread evenly over clients and resources. */
export async function seedFamilies(
  path: string,
  population: Population,
  count: number,
): Promise<readonly SeededFamily[]> {
  const families = Array.from({ length: count }, (_, index) => ({
    client: at(population.clients, index),
    resource: at(population.resources, index),
    refreshToken: random.secret(),
  }))
  await withStorage(path, (storage) => inTurns(families, (family) => seedFamily(storage, family)))
  return shuffled(families)
}

/** One request per line: the form without its token, and behind a tab the token. */
export function writeRefreshRequests(families: readonly SeededFamily[], path: string): void {
  const lines = families.map(({ client, resource, refreshToken }) => {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: client.id,
      client_secret: client.secret,
      resource: resource.uri,
    })
    return `${form}&refresh_token=\t${refreshToken}`
  })
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
}

/** A user, the user's yes to the client, and the redemption of the code. */
async function seedFamily(storage: Storage, of: SeededFamily): Promise<{ readonly ok: boolean }> {
  const nowMs = systemClock.nowMs()
  const user = userAt(nowMs)
  const authorization = authorizationAt(nowMs, of, user)
  const consentId = random.opaqueId()
  const created = await storage.ask(
    'createUser',
    { user, audit: seedingAudit('user.created', '') },
    patience(),
  )
  await storage.ask('startAuthorization', { authorization }, patience())
  const approved = await storage.ask(
    'approveConsent',
    {
      authorizationId: authorization.id,
      userId: user.id,
      consent: {
        id: consentId,
        userId: user.id,
        clientId: of.client.id,
        resourceId: of.resource.id,
        scopes: scopeNames,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        revokedAtMs: null,
      },
      scope,
      codeHash: sha256Base64url(random.secret()),
      nowMs,
      audit: seedingAudit('consent.granted', of.client.id),
    },
    patience(),
  )
  const redeemed = await storage.ask(
    'redeemCode',
    redemptionAt(nowMs, of, { authorization, consentId }),
    patience(),
  )
  return { ok: created.ok && approved.ok && redeemed.ok }
}

function redemptionAt(
  nowMs: number,
  of: SeededFamily,
  given: { readonly authorization: Authorization; readonly consentId: string },
) {
  const { authorization, consentId } = given
  const { userId, clientId } = authorization
  const family: TokenFamily = {
    id: random.uuidV7(nowMs),
    clientId,
    userId,
    scope,
    resource: of.resource.uri,
    status: 'active',
    authorizationId: authorization.id,
    createdAtMs: nowMs,
    revokedAtMs: null,
  }
  const token: UserToken = {
    jti: random.uuidV7(nowMs),
    familyId: family.id,
    userId,
    clientId,
    resourceId: of.resource.id,
    scopes: scopeNames,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + hourMs,
    isAgent: false,
    dpopJkt: null,
  }
  const refreshToken: RefreshToken = {
    id: random.uuidV7(nowMs),
    familyId: family.id,
    tokenHash: sha256Base64url(of.refreshToken),
    expiresAtMs: nowMs + 24 * hourMs,
    consumedAtMs: null,
    dpopJkt: null,
    parentId: null,
    siblings: 0,
    createdAtMs: nowMs,
  }
  const audit = { ...seedingAudit('token.issued', clientId), id: token.jti, actorId: userId }
  const authorizationId = authorization.id
  return { authorizationId, family, token, refreshToken, proof: null, consentId, nowMs, audit }
}

function authorizationAt(nowMs: number, of: SeededFamily, user: User): Authorization {
  return {
    id: random.opaqueId(),
    clientId: of.client.id,
    userId: user.id,
    redirectUri: 'http://127.0.0.1/callback',
    scope,
    resource: of.resource.uri,
    state: random.opaqueId(),
    codeHash: null,
    codeChallenge: sha256Base64url(random.secret()),
    expiresAtMs: nowMs + hourMs,
    consumedAtMs: null,
    failedRedemptions: 0,
    createdAtMs: nowMs,
  }
}

function userAt(nowMs: number): User {
  const id = random.opaqueId()
  return {
    id,
    email: `${id.toLowerCase()}@people.example`,
    name: 'Benchmark user',
    passwordHash: '',
    role: 'user',
    status: 'active',
    provider: 'local',
    providerSub: '',
    providerIssuer: '',
    sessionsSinceMs: null,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length] as Item
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item)
}
