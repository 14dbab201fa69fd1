// Authentication of a client at the token, introspection and revocation endpoints (RFC 6749 §2.3,
// spec 01 §5.2): who it is, and that it is active.
import { clientRefused, type PresentedCredentials } from '../../oauth/client-credentials.ts'
import { isSlowHash, matchesClientSecret } from '../../oauth/client-secret.ts'
import { requireLive } from '../../oauth/liveness.ts'
import type { Caller } from '../../oauth/token-request.ts'
import type { TokenClient } from '../../records/client.ts'
import { askOptions, type Services } from '../services.ts'

/** What a client presents, and the request it came with. */
export interface ClientAuthentication {
  readonly presented: PresentedCredentials
  readonly caller: Caller
}

/**
 * The client, if it exists, is active, and proves what it can: a confidential client its secret, a
 * public one nothing, but it must not send a secret either.
 * @throws OAuthError `invalid_client`; ActorError
 */
export async function authenticateClient(
  services: Services,
  client: TokenClient | null,
  authentication: ClientAuthentication,
): Promise<TokenClient> {
  if (client !== null && client.secretHash === '') {
    if (authentication.presented.secret !== null) throw clientRefused()
    requireActive(client)
    return client
  }
  return authenticateConfidentialClient(services, client, authentication)
}

/**
 * The client, if it exists, is active and confidential, and the secret is its own.
 * @throws OAuthError `invalid_client`; ActorError
 */
export async function authenticateConfidentialClient(
  services: Services,
  stored: TokenClient | null,
  authentication: ClientAuthentication,
): Promise<TokenClient> {
  const client = await proveConfidentialClient(services, stored, authentication)
  requireActive(client)
  return client
}

/**
 * The client, if it exists and is confidential, and the secret is its own; it need not be active.
 * The secret is compared in every case, so that the time taken does not tell which of these failed.
 * @throws OAuthError `invalid_client`; ActorError
 */
export async function proveConfidentialClient(
  services: Services,
  client: TokenClient | null,
  { presented, caller }: ClientAuthentication,
): Promise<TokenClient> {
  const stored = client?.secretHash ?? ''
  const secret = presented.secret ?? ''
  const isRight = isSlowHash(stored)
    ? await matchesSlowly(services, { secret, stored, caller })
    : matchesClientSecret(secret, stored, services.settings.clientSecretPepper)
  const isConfidential = client !== null && client.secretHash !== ''
  if (!isConfidential || presented.secret === null || !isRight) throw clientRefused()
  return client
}

function requireActive(client: TokenClient): void {
  requireLive({ client, user: 'not-needed', resource: 'not-needed', consent: 'not-needed' })
}

/** Secrets that an operator chose, or that were imported, are hashed like passwords (B9). */
async function matchesSlowly(
  services: Services,
  given: { readonly secret: string; readonly stored: string; readonly caller: Caller },
): Promise<boolean> {
  const outcome = await services.passwordPool.ask(
    'verifyPassword',
    { password: given.secret, hash: given.stored },
    askOptions(services, given.caller.trace),
  )
  return outcome.reply.isRight
}
