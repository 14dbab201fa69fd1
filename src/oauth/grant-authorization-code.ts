// The authorization_code grant (RFC 6749 §4.1.3, spec 01 §10.3): what is checked of a code before
// anything is spent (decision B1).
import { constantTimeEqual } from '../base/bytes.ts'
import type { Authorization } from '../records/authorization.ts'
import type { TokenClient } from '../records/client.ts'
import type { GrantStanding } from '../records/grant-standing.ts'
import type { TokenResource } from '../records/resource.ts'
import { requireBoundResource } from './bound-resource.ts'
import { clientRefused } from './client-credentials.ts'
import type { Form } from './form.ts'
import { grantRefused, requireLive } from './liveness.ts'
import { OAuthError } from './oauth-error.ts'
import { provesChallenge } from './pkce.ts'

/** The request's own words; null = not sent. */
export interface CodeRequest {
  readonly code: string
  readonly redirectUri: string | null
  readonly codeVerifier: string | null
  readonly resource: string | null
}

/** What a code is good for. */
export interface UserDecision {
  readonly client: TokenClient
  readonly userId: string
  /** Null = bound to none: then the audience is the issuer. */
  readonly resource: TokenResource | null
  readonly consentId: string | null
  /** Space separated; empty = no scope. */
  readonly scope: string
}

/** Reads the form. @throws OAuthError `invalid_request` without a code (D4). */
export function readCodeRequest(form: Form): CodeRequest {
  const code = form.get('code')
  if (code === undefined) throw new OAuthError('invalid_request', 'code is missing')
  return {
    code,
    redirectUri: form.get('redirect_uri') ?? null,
    codeVerifier: form.get('code_verifier') ?? null,
    resource: form.get('resource') ?? null,
  }
}

/**
 * What is compared before the client is authenticated: whom the code was issued to, and where it
 * was sent. @throws OAuthError `invalid_client`, `invalid_grant`
 */
export function requireSameRecipient(
  authorization: Authorization,
  clientId: string,
  { redirectUri }: CodeRequest,
): void {
  if (clientId !== authorization.clientId) throw clientRefused()
  if (redirectUri === null || !constantTimeEqual(redirectUri, authorization.redirectUri)) {
    throw grantRefused()
  }
}

/** Whether the request proves that it comes from where the code was asked for (PKCE). */
export function provesOrigin(authorization: Authorization, request: CodeRequest): boolean {
  return provesChallenge(request.codeVerifier ?? '', authorization.codeChallenge)
}

/**
 * Decides about a code that its authenticated client presents. The resource is looked at after
 * PKCE: nobody may probe the registry without the code.
 * @throws OAuthError `unauthorized_client`, `invalid_grant`, `invalid_target`, `invalid_client`
 */
export function decideAuthorizationCode(
  authorization: Authorization,
  { client, standing }: { readonly client: TokenClient; readonly standing: GrantStanding },
  request: CodeRequest,
): UserDecision {
  if (!client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'the client is not registered for this grant')
  }
  if (!provesOrigin(authorization, request)) throw grantRefused()
  requireBoundResource(authorization.resource, request.resource, standing.requested)
  const isBound = authorization.resource !== ''
  requireLive({
    client,
    user: standing.user,
    resource: isBound ? standing.resource : 'not-needed',
    consent: isBound ? standing.consent : 'not-needed',
  })
  return {
    client,
    userId: authorization.userId,
    resource: isBound ? standing.resource : null,
    consentId: isBound ? (standing.consent?.id ?? null) : null,
    scope: authorization.scope,
  }
}
