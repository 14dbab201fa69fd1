// The client_credentials grant (RFC 6749 §4.4, spec 01 §10.5): who may have it, for which resource,
// with which scope.
import type { TokenClient } from '../records/client.ts'
import type { TokenResource } from '../records/resource.ts'
import { OAuthError } from './oauth-error.ts'
import { intersect, isSubset, parseScope, sortScope } from './scope.ts'

/** The request's own words; null = not sent. */
export interface ClientCredentialsRequest {
  readonly scope: string | null
  readonly resource: string | null
}

export interface MachineDecision {
  readonly client: TokenClient
  /** Registered resource the token is for, or null: then its audience is the issuer. */
  readonly resource: TokenResource | null
  /** Granted scope, sorted; empty = none. */
  readonly scopeNames: readonly string[]
}

/**
 * Decides a request of an authenticated client. `resources` are the rows that the requested
 * resource denotes. @throws OAuthError `unauthorized_client`, `invalid_target`, `invalid_request`
 * (ambiguous resource), `invalid_scope`.
 */
export function decideClientCredentials(
  client: TokenClient,
  resources: readonly TokenResource[],
  request: ClientCredentialsRequest,
): MachineDecision {
  if (!client.grantTypes.includes('client_credentials')) {
    throw new OAuthError('unauthorized_client', 'the client is not registered for this grant')
  }
  const resource = request.resource === null ? null : chooseResource(resources)
  const scopeNames = decideScope(client, resource, request.scope)
  return { client, resource, scopeNames }
}

function chooseResource(resources: readonly TokenResource[]): TokenResource {
  const [resource, another] = resources
  if (resource === undefined) {
    throw new OAuthError('invalid_target', 'the resource is not registered')
  }
  if (another !== undefined) {
    throw new OAuthError('invalid_request', 'more than one resource is registered under this URI')
  }
  return resource
}

function decideScope(
  client: TokenClient,
  resource: TokenResource | null,
  requested: string | null,
): readonly string[] {
  const ceiling = parseScope(client.scope)
  const names = parseScope(requested ?? '')
  if (names.length === 0) return defaultScope(ceiling, resource)
  if (!isSubset(names, ceiling)) throw new OAuthError('invalid_scope', overCeiling(ceiling))
  if (resource !== null && !isSubset(names, resource.scopeNames)) {
    throw new OAuthError('invalid_scope', 'the resource does not declare a requested scope')
  }
  return sortScope(names)
}

/**
 * An omitted scope stands for all the client may have here; with a resource that must be something.
 */
function defaultScope(
  ceiling: readonly string[],
  resource: TokenResource | null,
): readonly string[] {
  if (resource === null) return sortScope(ceiling)
  const names = intersect(ceiling, resource.scopeNames)
  if (names.length > 0) return sortScope(names)
  throw new OAuthError(
    'invalid_scope',
    ceiling.length === 0
      ? overCeiling(ceiling)
      : 'the client may use none of the scopes that the resource declares',
  )
}

function overCeiling(ceiling: readonly string[]): string {
  return ceiling.length === 0
    ? 'the client has no scopes: an administrator must grant some'
    : 'a requested scope is not among those granted to the client'
}
