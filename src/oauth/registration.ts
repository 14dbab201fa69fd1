// Dynamic client registration (RFC 7591, spec 01 §11): the document of a client that registers
// itself becomes metadata, and the registered client the answer.
import type { Client, GrantType } from '../records/client.ts'
import {
  type ClientMetadata,
  decideClient,
  type RegistrationPolicy,
  readClientDocument,
} from './client-registration.ts'
import { type JsonObject, memberOf } from './json-document.ts'
import type { RegistrationDecision } from './registration-text.ts'
import { formatScope, parseScope } from './scope.ts'

export interface SelfRegistrationPolicy extends RegistrationPolicy {
  /** Scope ceiling of clients that keep a user in the loop; empty = none. */
  readonly defaultClientScope: string
}

/**
 * Members that a client may say about itself. Whatever else it sends (an id, a secret, a scope,
 * keys, statements of others) is not looked at.
 */
const selfDescription = [
  'client_name',
  'redirect_uris',
  'grant_types',
  'response_types',
  'token_endpoint_auth_method',
  'application_type',
  'agent',
  'agent_description',
  'dpop_bound_access_tokens',
] as const

/** Grants in which a user decides: only they give the default ceiling (spec 01 §5.5). */
export const userGrants: readonly GrantType[] = ['authorization_code', 'refresh_token']

/** The part of `document` that a client may say about itself. */
export function selfDescriptionOf(document: JsonObject): JsonObject {
  return Object.fromEntries(selfDescription.map((name) => [name, memberOf(document, name)]))
}

/** Decides about a client that registers itself: all problems, or what is stored of it. */
export function decideSelfRegistration(
  description: JsonObject,
  policy: SelfRegistrationPolicy,
): RegistrationDecision<ClientMetadata> {
  const requested = readClientDocument(description)
  if (!requested.ok) return requested
  const decision = decideClient(requested.accepted, policy)
  if (!decision.ok) return decision
  const scope = ceilingOf(decision.accepted.grantTypes, policy.defaultClientScope)
  return { ok: true, accepted: { ...decision.accepted, scope } }
}

/** Whether each of `redirectUris` is, byte for byte, one of `approved`. */
export function areApproved(redirectUris: readonly string[], approved: readonly string[]): boolean {
  return redirectUris.every((uri) => approved.includes(uri))
}

/** The redirect URIs that `document` names, before anything is decided about them. */
export function namedRedirectUris(document: JsonObject): readonly string[] {
  const named = memberOf(document, 'redirect_uris')
  return Array.isArray(named) ? named.filter((uri) => typeof uri === 'string') : []
}

export interface RegisteredClient {
  readonly client: Client
  /** Shown in the answer and nowhere else; null for a public client. */
  readonly secret: string | null
  /** Whether the client named redirect URIs at all, be it none. */
  readonly namesRedirectUris: boolean
}

/** The answer to a registration (spec 01 §11). */
export function registrationResponse(registered: RegisteredClient): object {
  const { client, secret } = registered
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.issuedAtMs / 1000),
    redirect_uris: registered.namesRedirectUris ? client.redirectUris : null,
    client_name: client.name,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    application_type: client.applicationType ?? 'web',
    ...(secret === null ? null : { client_secret: secret, client_secret_expires_at: 0 }),
    ...(client.scope === '' ? null : { scope: client.scope }),
    ...(client.isAgent ? { agent: true } : null),
    ...(client.agentDescription === '' ? null : { agent_description: client.agentDescription }),
    ...(client.dpopBoundAccessTokens ? { dpop_bound_access_tokens: true } : null),
  }
}

function ceilingOf(grantTypes: readonly GrantType[], defaultScope: string): string {
  const hasUser = grantTypes.every((type) => userGrants.includes(type))
  return hasUser ? formatScope(parseScope(defaultScope)) : ''
}
