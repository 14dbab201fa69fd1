// Codes and tokens of users for tests, come by as by the pages of the server: a pending
// authorization, the user's yes, and the redemption of the code.
import { sha256Base64url } from '../../src/base/hash.ts'
import { limits } from '../../src/base/limits.ts'
import { askOptions, type Services } from '../../src/flows/services.ts'
import { redeemAuthorizationCode } from '../../src/flows/token/authorization-code.ts'
import { tokenEvent } from '../../src/flows/token/token-audit.ts'
import { readTokenCall } from '../../src/oauth/token-request.ts'
import { secretOf, seedClient } from './seed.ts'

export const seedCaller = { ip: '192.0.2.7', trace: null, requestId: 'seed' }
const redirectUri = 'https://app.test/cb'

/** Members of a client that gets codes; it is public unless `change` gives it a secret. */
export async function seedApp(
  services: Services,
  id: string,
  change: Parameters<typeof seedClient>[2],
): Promise<void> {
  await seedClient(services, id, {
    secretHash: '',
    tokenEndpointAuthMethod: 'none',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: [redirectUri],
    ...change,
  })
}

/** What a code is for. */
export interface CodeSubject {
  readonly clientId: string
  readonly userId: string
  /** Null = the code is for no resource, and rests on no consent. */
  readonly resource: { readonly id: string; readonly uri: string } | null
  readonly scope: string
}

export interface SeededCode {
  /** Form of its redemption, without the secret of a confidential client. */
  readonly form: Readonly<Record<string, string>>
  readonly code: string
  readonly consentId: string | null
}

/** Has the user say yes, and issues the code. */
export async function seedCode(services: Services, of: CodeSubject): Promise<SeededCode> {
  const { clientId, userId, resource, scope } = of
  const nowMs = services.clock.nowMs()
  const options = askOptions(services, null)
  const code = services.random.secret()
  const verifier = services.random.secret()
  const id = services.random.opaqueId()
  const consentId = resource === null ? null : services.random.opaqueId()
  await services.storage.ask(
    'startAuthorization',
    {
      authorization: {
        id,
        clientId,
        userId,
        redirectUri,
        scope,
        resource: resource?.uri ?? '',
        state: 's',
        codeHash: null,
        codeChallenge: sha256Base64url(verifier),
        expiresAtMs: nowMs + limits.authorizationLifeMs,
        consumedAtMs: null,
        failedRedemptions: 0,
        createdAtMs: nowMs,
      },
    },
    options,
  )
  const event = { action: 'consent.granted', actorId: userId, clientId, detail: '' } as const
  const outcome = await services.storage.ask(
    'approveConsent',
    {
      authorizationId: id,
      userId,
      consent:
        resource === null || consentId === null
          ? null
          : {
              id: consentId,
              userId,
              clientId,
              resourceId: resource.id,
              scopes: scope.split(' '),
              createdAtMs: nowMs,
              updatedAtMs: nowMs,
              revokedAtMs: null,
            },
      scope,
      codeHash: sha256Base64url(code),
      nowMs,
      audit: tokenEvent(services, seedCaller, event),
    },
    options,
  )
  if (!outcome.ok) throw new Error(outcome.refusal)
  const form = {
    grant_type: 'authorization_code',
    code,
    client_id: clientId,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }
  return { form, code, consentId }
}

export interface SeededTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly consentId: string | null
}

/** A code, redeemed. */
export async function seedUserTokens(services: Services, of: CodeSubject): Promise<SeededTokens> {
  const { form, consentId } = await seedCode(services, of)
  const { reply } = await services.storage.ask(
    'readClient',
    { id: of.clientId },
    askOptions(services, null),
  )
  const isPublic = reply.client?.secretHash === ''
  const members = isPublic ? form : { ...form, client_secret: secretOf(of.clientId) }
  const call = readTokenCall(new Map(Object.entries(members)), {
    authorization: undefined,
    proof: null,
    caller: seedCaller,
  })
  const tokens = await redeemAuthorizationCode(services, call)
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? '',
    consentId,
  }
}

/** The claims of a token, unverified. */
export function claimsIn(jwt: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
}
