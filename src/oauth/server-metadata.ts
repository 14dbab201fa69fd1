// Authorization server metadata (RFC 8414, spec 01 §3.1) and the URLs it is found at (C4).
import type { GrantType } from '../records/client.ts'
import { proofAlgorithms } from './jwk.ts'

export interface ServerFeatures {
  readonly issuer: string
  /** Grants that are switched on, in the order of the specification. */
  readonly grantTypes: readonly GrantType[]
  /** Whether tokens can be bound to keys. */
  readonly isDpopEnabled: boolean
  /** Whether the URL of a metadata document can be a client id. */
  readonly hasClientDocuments: boolean
}

/** Path of each endpoint below the issuer; the one list that routes and metadata share. */
export const endpointPaths = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  jwks: '/.well-known/jwks.json',
} as const

/** Path of an issuer without a final slash; empty for an issuer without a path. */
export function issuerPath(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, '')
}

/** Every path at which a client may look for the metadata of `issuer` (C4). */
export function metadataPaths(issuer: string): readonly string[] {
  const path = issuerPath(issuer)
  const forms = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
  ]
  return path === '' ? forms : [...forms, `${path}/.well-known/openid-configuration`]
}

/**
 * Scopes that clients may ask for, null when they could not be read (the member is then left out).
 */
export type AdvertisedScopes = readonly string[] | null

/**
 * The metadata document. Members that the specification makes constant name endpoints under the
 * issuer; grants are listed only when they are switched on, so that nobody starts one in vain.
 */
export function serverMetadata(features: ServerFeatures, scopes: AdvertisedScopes): object {
  const { issuer } = features
  return {
    issuer,
    authorization_endpoint: issuer + endpointPaths.authorization,
    token_endpoint: issuer + endpointPaths.token,
    registration_endpoint: issuer + endpointPaths.registration,
    revocation_endpoint: issuer + endpointPaths.revocation,
    introspection_endpoint: issuer + endpointPaths.introspection,
    jwks_uri: issuer + endpointPaths.jwks,
    response_types_supported: ['code'],
    grant_types_supported: features.grantTypes,
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    revocation_endpoint_auth_methods_supported: [
      'none',
      'client_secret_basic',
      'client_secret_post',
    ],
    code_challenge_methods_supported: ['S256'],
    ...(scopes === null ? null : { scopes_supported: withOfflineAccess(scopes) }),
    resource_indicators_supported: true,
    ...(features.hasClientDocuments ? { client_id_metadata_document_supported: true } : null),
    authorization_response_iss_parameter_supported: true,
    ...(features.isDpopEnabled ? { dpop_signing_alg_values_supported: proofAlgorithms } : null),
    authplane_agent_identity_supported: true,
  }
}

function withOfflineAccess(scopes: readonly string[]): readonly string[] {
  return scopes.includes('offline_access') ? scopes : [...scopes, 'offline_access']
}
