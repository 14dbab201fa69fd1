// What the admin API and the command line show of a record (spec 05 §5): wire names, no secret and
// no hash. Kept with the use cases because both transports show the same.
import { formatDuration } from '../../base/duration.ts'
import { rfc3339, rfc3339Seconds } from '../../base/instant.ts'
import type { AuditEvent } from '../../records/audit-event.ts'
import type { Client } from '../../records/client.ts'
import type { FrontingLink } from '../../records/fronting-link.ts'
import type { Issuance } from '../../records/issuance.ts'
import type { Resource } from '../../records/resource.ts'
import type { PublicJwk, PublishedKeys } from '../../records/signing-key.ts'
import type { Statistics } from '../../records/statistics.ts'
import type { CreatedClient } from './clients.ts'
import type { IssuanceList } from './issuances.ts'
import type { SystemConfig, SystemStatus } from './system.ts'

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

/** FrontingLinkView. */
export function frontingLinkView(link: FrontingLink) {
  return {
    source_slug: link.sourceSlug,
    target_slug: link.targetSlug,
    scope_map: link.scopeMap,
    created_at: rfc3339Seconds(link.createdAtMs),
    created_by: link.createdBy,
  }
}

/** AuditEvent. */
export function auditEventView(event: AuditEvent) {
  return {
    id: event.id,
    action: event.action,
    actor_id: event.actorId,
    client_id: event.clientId,
    ip: event.ip,
    detail: event.detail,
    trace_id: event.traceId,
    created_at: rfc3339Seconds(event.createdAtMs),
  }
}

/** What the overview counts. */
export function statisticsView(statistics: Statistics) {
  return {
    clients: statistics.clients,
    users: statistics.users,
    active_tokens_24h: statistics.activeTokens,
    revoked_tokens: statistics.revokedTokens,
    connections: statistics.connections,
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

/** The state of the server. */
export function systemStatusView({ version, uptimeSeconds, subsystems }: SystemStatus) {
  return {
    version,
    uptime: uptimeText(uptimeSeconds),
    uptime_secs: uptimeSeconds,
    subsystems: subsystems.map(({ name, status, driver }) => ({
      name,
      status,
      ...(driver === '' ? null : { driver }),
    })),
  }
}

/** SystemConfig. */
export function systemConfigView({ facts, ...config }: SystemConfig) {
  const { dpop, tokenExchange } = facts
  return {
    issuer: config.issuer,
    storage: { driver: facts.storageDriver },
    signing: { algorithm: config.signingAlgorithm, key_store: facts.signingKeyStore },
    encryption: { driver: facts.encryptionDriver },
    dcr: { mode: config.registrationMode },
    rate_limit: { enabled: facts.isRateLimited },
    client_credentials: { enabled: facts.isClientCredentialsEnabled },
    dpop: {
      enabled: dpop.isEnabled,
      nonce_ttl: formatDuration(dpop.nonceLifeMs),
      require_nonce: dpop.isNonceRequired,
    },
    token_exchange: {
      enabled: tokenExchange.isEnabled,
      max_chain_depth: tokenExchange.chainDepthMax,
    },
    // There is no switch for agents: their tokens always say so.
    agents: { enabled: true, jwks_listing: facts.listsAgentsInJwks },
    oidc: { enabled: facts.isOidcEnabled },
    notices: config.notices,
  }
}

/** `1d 2h 3m 4s`; units are left out until the first that counts. */
function uptimeText(seconds: number): string {
  const parts = [
    `${Math.floor(seconds / 86_400)}d`,
    `${Math.floor(seconds / 3600) % 24}h`,
    `${Math.floor(seconds / 60) % 60}m`,
  ]
  const first = parts.findIndex((part) => !part.startsWith('0'))
  return [...(first === -1 ? [] : parts.slice(first)), `${seconds % 60}s`].join(' ')
}
