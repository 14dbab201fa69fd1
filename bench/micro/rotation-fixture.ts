// Families of tokens for rotation.bench.ts, each of a user of its own, written through the actor
// itself; and the messages that read and rotate their newest tokens.
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { assert } from '../../src/base/assert.ts'
import { sha256Base64url } from '../../src/base/hash.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { RefreshToken } from '../../src/records/refresh-token.ts'
import type { UserToken } from '../../src/records/user-token.ts'
import { commitGroup, type Fixture, type Message } from './storage-fixture.ts'

interface Family {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly consentId: string
  /** The newest one. */
  refreshToken: RefreshToken
}

export interface Families {
  draw(count: number): readonly Family[]
  read(families: readonly Family[]): void
  /** Rotations of families that are all different. */
  rotate(count: number): readonly Message[]
}

const random = systemRandom()
const hourMs = 3_600_000
const scopes = ['tools:read', 'tools:call']
const writtenAtOnce = 1000

/** Adds families to the database of `fixture`. */
export async function openFamilies(fixture: Fixture, count: number): Promise<Families> {
  const { state, clientIds, resources } = fixture
  const [resource] = resources
  assert(resource !== undefined, 'the fixture has a resource')
  const families = Array.from({ length: count }, (_, index) =>
    familyOf(clientIds[index % clientIds.length] ?? ''),
  )
  for (let from = 0; from < count; from += writtenAtOnce) {
    const some = families.slice(from, from + writtenAtOnce)
    for (const step of [userMessage, pendingMessage, consentMessage, redeemMessage]) {
      await commitGroup(
        state,
        some.map((family) => step(family, resource)),
      )
    }
  }
  const handler = storageActor.handlers.readRefreshToken
  assert('batch' in handler, 'reads of refresh tokens are answered together')
  let next = 0
  const order = families.toSorted(() => Math.random() - 0.5)
  const draw = (wanted: number) =>
    Array.from({ length: wanted }, () => order[next++ % order.length] as Family)
  return {
    draw,
    read: (some) => {
      const requests = some.map(({ refreshToken, clientId }) => ({
        tokenHash: refreshToken.tokenHash,
        clientId,
        resource: resource.uri,
      }))
      handler.batch(state, requests)
    },
    rotate: (wanted) => draw(wanted).map((family) => rotationMessage(family, resource)),
  }
}

type Resource = Fixture['resources'][number]

function familyOf(clientId: string): Family {
  const id = random.uuidV7(Date.now())
  return {
    id,
    userId: random.opaqueId(),
    clientId,
    consentId: random.opaqueId(),
    refreshToken: tokenOf(id, null),
  }
}

function tokenOf(familyId: string, parentId: string | null): RefreshToken {
  const nowMs = Date.now()
  return {
    id: random.uuidV7(nowMs),
    familyId,
    tokenHash: sha256Base64url(random.secret()),
    expiresAtMs: nowMs + 24 * hourMs,
    consumedAtMs: null,
    dpopJkt: null,
    parentId,
    siblings: 0,
    createdAtMs: nowMs,
  }
}

function userTokenOf(family: Family, resource: Resource): UserToken {
  const nowMs = Date.now()
  return {
    jti: random.uuidV7(nowMs),
    familyId: family.id,
    userId: family.userId,
    clientId: family.clientId,
    resourceId: resource.id,
    scopes,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + hourMs,
    isAgent: false,
    dpopJkt: null,
  }
}

function auditOf(action: 'user.created' | 'consent.granted' | 'token.issued', family: Family) {
  return {
    id: random.uuidV7(Date.now()),
    action,
    actorId: family.userId,
    clientId: family.clientId,
    ip: '192.168.100.100',
    detail: '',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    createdAtMs: Date.now(),
  }
}

function userMessage(family: Family): Message {
  const user = {
    id: family.userId,
    email: `${family.userId}@people.example`,
    name: '',
    passwordHash: '',
    role: 'user' as const,
    status: 'active' as const,
    provider: 'local' as const,
    providerSub: '',
    providerIssuer: '',
    sessionsSinceMs: null,
    version: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  }
  return { kind: 'createUser', request: { user, audit: auditOf('user.created', family) } }
}

function pendingMessage(family: Family, resource: Resource): Message {
  const authorization = {
    id: family.id,
    clientId: family.clientId,
    userId: family.userId,
    redirectUri: 'http://127.0.0.1/callback',
    scope: scopes.join(' '),
    resource: resource.uri,
    state: '',
    codeHash: null,
    codeChallenge: '',
    expiresAtMs: Date.now() + hourMs,
    consumedAtMs: null,
    failedRedemptions: 0,
    createdAtMs: 0,
  }
  return { kind: 'startAuthorization', request: { authorization } }
}

function consentMessage(family: Family, resource: Resource): Message {
  const consent = {
    id: family.consentId,
    userId: family.userId,
    clientId: family.clientId,
    resourceId: resource.id,
    scopes,
    createdAtMs: 0,
    updatedAtMs: 0,
    revokedAtMs: null,
  }
  return {
    kind: 'approveConsent',
    request: {
      authorizationId: family.id,
      userId: family.userId,
      consent,
      scope: scopes.join(' '),
      codeHash: sha256Base64url(family.id),
      nowMs: Date.now(),
      audit: auditOf('consent.granted', family),
    },
  }
}

function redeemMessage(family: Family, resource: Resource): Message {
  const token = userTokenOf(family, resource)
  return {
    kind: 'redeemCode',
    request: {
      authorizationId: family.id,
      family: {
        id: family.id,
        clientId: family.clientId,
        userId: family.userId,
        scope: scopes.join(' '),
        resource: resource.uri,
        status: 'active',
        authorizationId: family.id,
        createdAtMs: Date.now(),
        revokedAtMs: null,
      },
      token,
      refreshToken: family.refreshToken,
      proof: null,
      consentId: family.consentId,
      nowMs: Date.now(),
      audit: { ...auditOf('token.issued', family), id: token.jti },
    },
  }
}

function rotationMessage(family: Family, resource: Resource): Message {
  const presented = family.refreshToken
  family.refreshToken = tokenOf(family.id, presented.id)
  const token = userTokenOf(family, resource)
  return {
    kind: 'rotateRefreshToken',
    request: {
      presentedId: presented.id,
      successor: family.refreshToken,
      token,
      proof: null,
      consentId: family.consentId,
      grace: { windowMs: 10_000, siblingsMax: 5 },
      caller: { ip: '192.168.100.100', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
      nowMs: Date.now(),
    },
  }
}
