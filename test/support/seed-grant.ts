// A user's grants for tests, brought to life by the units of storage as the server itself does: a
// live authorization with its code, and a family with a refresh token; and the requests that spend
// them.
import { sha256Base64url } from '../../src/base/hash.ts'
import { adminEvent } from '../../src/flows/audit.ts'
import { askOptions, type Services } from '../../src/flows/services.ts'
import { readTokenCall, type TokenCall } from '../../src/oauth/token-request.ts'
import type { Authorization } from '../../src/records/authorization.ts'
import type { Client } from '../../src/records/client.ts'
import { grantVerifier } from './grant-records.ts'
import { scopesOf, seedClient, seedResource } from './seed.ts'

/** Who and what the grants of a test are about, unless it says otherwise. */
export const party = {
  userId: 'alice',
  clientId: 'app',
  resourceId: 'mcp',
  resource: 'https://mcp.test/mcp',
  redirectUri: 'https://app.test/callback',
  scope: 'read write',
} as const

const tokenUrl = 'https://auth.test/oauth/token'
const operator = { actorId: 'admin', trace: null }

/** Stores a user who has no password: nobody signs in as them. */
export async function seedSilentUser(services: Services, id: string): Promise<void> {
  const nowMs = services.clock.nowMs()
  const user = {
    id,
    email: `${id}@example.test`,
    name: id,
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
  } as const
  const event = { action: 'user.created', clientId: '', detail: `user=${id}` } as const
  const audit = adminEvent(services, operator, event)
  const options = askOptions(services, null)
  const outcome = await services.storage.ask('createUser', { user, audit }, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}

/** Stores a client of the code grant, a public one unless `change` gives it a secret. */
export function seedApp(services: Services, id: string, change: Partial<Client>): Promise<void> {
  return seedClient(services, id, {
    secretHash: '',
    redirectUris: [party.redirectUri],
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    tokenEndpointAuthMethod: 'none',
    scope: '',
    ...change,
  })
}

/** Stores the user, the resource and the public client of `party`. */
export async function seedParty(services: Services): Promise<void> {
  await seedSilentUser(services, party.userId)
  await seedResource(services, party.resourceId, {
    uri: party.resource,
    scopes: scopesOf('read', 'write'),
  })
  await seedApp(services, party.clientId, {})
}

/** A code that its client has not redeemed yet. */
export interface SeededCode {
  readonly code: string
  readonly authorization: Authorization
}

/** Lets the user of `party` allow a client; `change` is of the authorization. */
export async function seedCode(
  services: Services,
  change: Partial<Authorization>,
): Promise<SeededCode> {
  const nowMs = services.clock.nowMs()
  const { random } = services
  const code = random.secret()
  const pending: Authorization = {
    id: random.opaqueId(),
    clientId: party.clientId,
    userId: party.userId,
    redirectUri: party.redirectUri,
    scope: party.scope,
    resource: party.resource,
    state: 'state',
    codeHash: null,
    codeChallenge: sha256Base64url(grantVerifier),
    expiresAtMs: nowMs + 600_000,
    consumedAtMs: null,
    failedRedemptions: 0,
    createdAtMs: nowMs,
    ...change,
  }
  const options = askOptions(services, null)
  await services.storage.ask('startAuthorization', { authorization: pending }, options)
  const { clientId, userId, scope } = pending
  const codeHash = sha256Base64url(code)
  const outcome = await services.storage.ask(
    'approveConsent',
    {
      authorizationId: pending.id,
      userId,
      consent:
        pending.resource === ''
          ? null
          : {
              id: random.opaqueId(),
              userId,
              clientId,
              resourceId: party.resourceId,
              scopes: scope.split(' '),
              createdAtMs: nowMs,
              updatedAtMs: nowMs,
              revokedAtMs: null,
            },
      scope,
      codeHash,
      nowMs,
      audit: adminEvent(services, operator, { action: 'consent.granted', clientId, detail: '' }),
    },
    options,
  )
  if (!outcome.ok) throw new Error(outcome.refusal)
  return { code, authorization: { ...pending, codeHash } }
}

/** A family whose first refresh token nobody has used. */
export interface SeededFamily {
  readonly refreshToken: string
  readonly familyId: string
  readonly clientId: string
}

/** Spends a code without its tokens being signed; `dpopJkt` binds the refresh token to a key. */
export async function seedFamily(
  services: Services,
  { authorization }: SeededCode,
  { dpopJkt }: { readonly dpopJkt: string | null },
): Promise<SeededFamily> {
  const nowMs = services.clock.nowMs()
  const { random } = services
  const { id: authorizationId, clientId, userId, scope, resource } = authorization
  const familyId = random.uuidV7(nowMs)
  const jti = random.uuidV7(nowMs)
  const refreshToken = random.secret()
  const event = { action: 'token.issued', clientId, detail: '' } as const
  const outcome = await services.storage.ask(
    'redeemCode',
    {
      authorizationId,
      family: {
        id: familyId,
        clientId,
        userId,
        scope,
        resource,
        status: 'active',
        authorizationId,
        createdAtMs: nowMs,
        revokedAtMs: null,
      },
      token: {
        jti,
        familyId,
        userId,
        clientId,
        resourceId: resource === '' ? null : party.resourceId,
        scopes: scope.split(' '),
        issuedAtMs: nowMs,
        expiresAtMs: nowMs + 900_000,
        isAgent: false,
        dpopJkt,
      },
      refreshToken: {
        id: random.uuidV7(nowMs),
        familyId,
        tokenHash: sha256Base64url(refreshToken),
        expiresAtMs: nowMs + 3_600_000,
        consumedAtMs: null,
        dpopJkt,
        parentId: null,
        siblings: 0,
        createdAtMs: nowMs,
      },
      proof: null,
      consentId: null,
      nowMs,
      audit: { ...adminEvent(services, operator, event), id: jti },
    },
    askOptions(services, null),
  )
  if (!outcome.ok) throw new Error(outcome.refusal)
  return { refreshToken, familyId, clientId }
}

/** What a request differs in from the usual one: members of its form, empty = left out. */
export interface CallChange {
  readonly form?: Readonly<Record<string, string>>
  readonly proof?: string
}

/** The form that redeems a code of the public client. */
export function codeForm({ code, authorization }: SeededCode): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code,
    code_verifier: grantVerifier,
    redirect_uri: authorization.redirectUri,
    client_id: authorization.clientId,
  }
}

/** The form that spends a refresh token of the public client. */
export function refreshForm(
  refreshToken: string,
  clientId: string = party.clientId,
): Record<string, string> {
  return { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId }
}

/** A request to the token endpoint, as the route hands it to the flows. */
export function tokenCall(
  form: Readonly<Record<string, string>>,
  { form: members = {}, proof }: CallChange,
): TokenCall {
  const sent = Object.entries({ ...form, ...members }).filter(([, value]) => value !== '')
  return readTokenCall(new Map(sent), {
    authorization: undefined,
    proof: proof === undefined ? null : { jwt: proof, method: 'POST', targets: [tokenUrl] },
    caller: { ip: '192.0.2.7', trace: null, requestId: 'r1' },
  })
}
