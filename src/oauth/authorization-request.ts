// What an authorize request asks for, and whether it may (RFC 6749 §4.1.1, spec 01 §6). Until
// client and redirect URI are known to belong together a refusal is a page; from then on it is an
// error that the client may be told.
import type { Client } from '../records/client.ts'
import type { Resource } from '../records/resource.ts'
import type { Form } from './form.ts'
import { OAuthError } from './oauth-error.ts'
import { PageRefusal } from './page-refusal.ts'
import { matchesRedirectUri } from './redirect-uri.ts'
import { formatScope, intersect, isScopeName, isSubset, parseScope, sortScope } from './scope.ts'

/** The request's own words; null = not sent. */
export interface AuthorizationRequest {
  readonly responseType: string | null
  readonly clientId: string | null
  readonly redirectUri: string | null
  readonly scope: string | null
  readonly state: string | null
  readonly resource: string | null
  readonly codeChallenge: string | null
  readonly codeChallengeMethod: string | null
}

/** Who may be answered, and where. */
export interface Recipient {
  readonly client: Client
  readonly redirectUri: string
}

/** What the scope is decided by. */
export interface AuthorizationContext {
  readonly client: Client
  /** Rows that the requested resource denotes, at most two. */
  readonly resources: readonly Resource[]
  /** Scopes of all resources; for a request that names neither resource nor scope. */
  readonly allScopeNames: readonly string[]
  readonly requiresScope: boolean
}

/** What the user is to be asked for. */
export interface AuthorizationDecision {
  /** Null = bound to none. */
  readonly resource: Resource | null
  /** Space separated, never empty. */
  readonly scope: string
  /** Whether the request left it to us. */
  readonly isDefaultScope: boolean
  readonly codeChallenge: string
}

/** Reads the query; other parameters are of no interest. */
export function readAuthorizationRequest(query: Form): AuthorizationRequest {
  const word = (name: string): string | null => query.get(name) ?? null
  return {
    responseType: word('response_type'),
    clientId: word('client_id'),
    redirectUri: word('redirect_uri'),
    scope: word('scope'),
    state: word('state'),
    resource: word('resource'),
    codeChallenge: word('code_challenge'),
    codeChallengeMethod: word('code_challenge_method'),
  }
}

/** The client that a request for a code names. @throws PageRefusal for any other request. */
export function requireCodeRequest(request: AuthorizationRequest): string {
  if (request.responseType !== 'code') throw new PageRefusal('response-type')
  if (request.clientId === null) throw new PageRefusal('unknown-client')
  return request.clientId
}

/** The client and its redirect URI. @throws PageRefusal unless they belong together. */
export function requireRecipient(
  client: Client | null,
  { redirectUri }: AuthorizationRequest,
): Recipient {
  if (client === null) throw new PageRefusal('unknown-client')
  if (client.status !== 'active') throw new PageRefusal('inactive-client')
  if (redirectUri === null || !matchesRedirectUri(client.redirectUris, redirectUri)) {
    throw new PageRefusal('redirect-uri')
  }
  return { client, redirectUri }
}

/** Whether the scope of a request can only be told with the scopes of all resources. */
export function needsAllScopes(request: AuthorizationRequest): boolean {
  return request.resource === null && requestedScope(request, null).length === 0
}

/**
 * Decides about a request whose recipient is known.
 * @throws PageRefusal about the resource; OAuthError `unauthorized_client`, `invalid_request`,
 * `invalid_scope`
 */
export function decideAuthorization(
  request: AuthorizationRequest,
  context: AuthorizationContext,
): AuthorizationDecision {
  if (!context.client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'the client is not registered for codes')
  }
  const codeChallenge = requireChallenge(request)
  const resource = request.resource === null ? null : requireResource(context.resources)
  return { resource, codeChallenge, ...decideScope(request, resource, context) }
}

/** @throws OAuthError `invalid_request` without a challenge that a verifier can meet (D4). */
function requireChallenge({ codeChallenge, codeChallengeMethod }: AuthorizationRequest): string {
  if (codeChallenge === null) {
    throw new OAuthError('invalid_request', 'code_challenge is missing')
  }
  if (codeChallengeMethod !== 'S256') {
    throw new OAuthError('invalid_request', 'code_challenge_method must be S256')
  }
  if (!/^[\w-]{43}$/.test(codeChallenge)) {
    throw new OAuthError('invalid_request', 'code_challenge is not a SHA-256 in base64url')
  }
  return codeChallenge
}

/** @throws PageRefusal unless exactly one is meant, and its tokens are ours. */
export function requireResource(resources: readonly Resource[]): Resource {
  const [resource, another] = resources
  if (resource === undefined) throw new PageRefusal('unknown-resource')
  if (another !== undefined) throw new PageRefusal('ambiguous-resource')
  if (resource.backendKind !== 'mint') throw new PageRefusal('brokered-resource')
  return resource
}

function decideScope(
  request: AuthorizationRequest,
  resource: Resource | null,
  { client, allScopeNames, requiresScope }: AuthorizationContext,
): Pick<AuthorizationDecision, 'scope' | 'isDefaultScope'> {
  const declared = resource === null ? allScopeNames : scopeNamesOf(resource)
  const ceiling = parseScope(client.scope)
  const requested = requestedScope(request, resource)
  if (requested.length === 0) {
    if (requiresScope) throw new OAuthError('invalid_scope', 'scope is missing')
    const names = sortScope(ceiling.length === 0 ? declared : intersect(declared, ceiling))
    if (names.length === 0) throw new OAuthError('invalid_scope', 'there is no scope to grant')
    return { scope: formatScope(names), isDefaultScope: true }
  }
  if (!requested.every(isScopeName)) {
    throw new OAuthError('invalid_scope', 'a requested scope has characters that no scope has')
  }
  if (ceiling.length > 0 && !isSubset(requested, ceiling)) {
    throw new OAuthError('invalid_scope', 'a requested scope is not registered for the client')
  }
  if (resource !== null && !isSubset(requested, declared)) {
    throw new OAuthError('invalid_scope', 'a requested scope is not declared by the resource')
  }
  return { scope: formatScope(requested), isDefaultScope: false }
}

/** `offline_access` grants nothing here, and clients send it unasked (B5). */
function requestedScope(
  { scope }: AuthorizationRequest,
  resource: Resource | null,
): readonly string[] {
  const declared = resource === null ? [] : scopeNamesOf(resource)
  return parseScope(scope ?? '').filter(
    (name) => name !== 'offline_access' || declared.includes(name),
  )
}

/** Names of the scopes that a resource declares. */
export function scopeNamesOf(resource: Resource): readonly string[] {
  return resource.scopes.map(({ name }) => name)
}
