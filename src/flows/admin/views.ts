// What the admin API and the command line show of a record (spec 05 §5): wire names, no secret and
// no hash. Kept with the use cases because both transports show the same.
import { rfc3339, rfc3339Seconds } from '../../base/instant.ts'
import type { Client } from '../../records/client.ts'
import type { Issuance } from '../../records/issuance.ts'
import type { Resource } from '../../records/resource.ts'
import type { PublicJwk, PublishedKeys } from '../../records/signing-key.ts'
import type { CreatedClient } from './clients.ts'
import type { IssuanceList } from './issuances.ts'

/** ClientView. */
export function clientView(client: Client) {
  return {
    id: client.id,
    name: client.name,
    redirect_uris: client.redirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    scope: client.scope,
    status: client.status,
    registration_source: client.registrationSource,
    agent: client.isAgent,
    agent_description: client.agentDescription,
    cimd_url: client.cimdUrl,
    application_type: client.applicationType ?? 'web',
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
    issued_at: rfc3339(client.issuedAtMs),
    updated_at: rfc3339(client.updatedAtMs),
  }
}

/** CreatedClient; the only place where a secret is shown. */
export function createdClientView({ client, secret }: CreatedClient) {
  return {
    client_id: client.id,
    ...(secret === null ? null : { client_secret: secret }),
    client_name: client.name,
    redirect_uris: client.redirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    scope: client.scope,
    status: client.status,
    registration_source: client.registrationSource,
    agent: client.isAgent,
    agent_description: client.agentDescription,
    application_type: client.applicationType ?? 'web',
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
    issued_at: rfc3339Seconds(client.issuedAtMs),
  }
}

/** ResourceView. */
export function resourceView(resource: Resource) {
  const { policy } = resource
  return {
    id: resource.id,
    slug: resource.slug,
    uri: resource.uri,
    backend_kind: resource.backendKind,
    broker_provider_id: resource.brokerProviderId ?? '',
    display_name: resource.displayName,
    scopes: resource.scopes.map(({ name, description, upstream }) => ({
      name,
      ...(description === '' ? null : { description }),
      ...(upstream === '' ? null : { upstream }),
    })),
    policy: {
      exchange: { allowed_client_ids: policy.exchangeAllowedClientIds },
      runtime: { client_ids: policy.runtimeClientIds },
      ...(resource.backendKind === 'broker'
        ? { connect: { allowed_return_urls: policy.connectAllowedReturnUrls } }
        : null),
    },
    created_at: rfc3339Seconds(resource.createdAtMs),
    updated_at: rfc3339Seconds(resource.updatedAtMs),
  }
}

/** IssuanceView. */
export function issuanceView(issuance: Issuance) {
  const { revokedAtMs, dpopJkt, agentId, consentClientId, parentJti } = issuance
  return {
    id: issuance.id,
    jti: issuance.backendKind === 'broker' ? '' : issuance.id,
    subject_user_id: issuance.subjectUserId,
    client_id: issuance.clientId,
    resource_id: issuance.resourceId,
    scopes: issuance.scopes,
    backend_kind: issuance.backendKind,
    revocable: issuance.revocable,
    issued_at: rfc3339Seconds(issuance.issuedAtMs),
    expires_at: rfc3339Seconds(issuance.expiresAtMs),
    ...(revokedAtMs === null ? null : { revoked_at: rfc3339(revokedAtMs) }),
    ...(dpopJkt ? { dpop_jkt: dpopJkt } : null),
    ...(agentId ? { agent_id: agentId } : null),
    agent_chain: issuance.agentChain,
    ...(consentClientId ? { consent_client_id: consentClientId } : null),
    ...(parentJti ? { parent_jti: parentJti } : null),
  }
}

/** Envelope of an issuance list; `noWindow` is what `since` says when the window did not count. */
export function issuanceListView(list: IssuanceList, noWindow: string) {
  return {
    issuances: list.issuances.map(issuanceView),
    since: list.sinceMs === null ? noWindow : rfc3339Seconds(list.sinceMs),
    count: list.issuances.length,
  }
}

/** Envelope of the key list: the current key, then the others, in the order of the JWKS. */
export function keyListView({ current, prepared, previous }: PublishedKeys) {
  return {
    keys: [
      keyView(current, 'current'),
      ...(prepared === null ? [] : [keyView(prepared, 'prepared')]),
      ...(previous === null ? [] : [keyView(previous, 'previous')]),
    ],
  }
}

/** What a rotation answers. */
export function rotatedKeyView({ kid, alg }: PublicJwk) {
  return { kid, alg }
}

function keyView({ kid, alg, use }: PublicJwk, status: 'current' | 'prepared' | 'previous') {
  return { kid, alg, use, status }
}
