// Protected resource metadata (RFC 9728, spec 01 §3.3, C2): which registered resource a well-known
// URL names, and its document.
import type { Resource } from '../records/resource.ts'
import { proofAlgorithms } from './jwk.ts'
import type { ServerFeatures } from './server-metadata.ts'

/** What to look up for a well-known URL: exact URIs first, then a slug, then a path on any host. */
export interface ProtectedResourceLookup {
  readonly uris: readonly string[]
  readonly slug: string | null
  readonly path: string | null
}

/** Lookup for a `ref` (percent-decoded, no leading slash), or null for the bare well-known path. */
export function protectedResourceLookup(
  issuer: string,
  ref: string | null,
): ProtectedResourceLookup {
  const { origin } = new URL(issuer)
  return ref === null
    ? { uris: [origin, `${origin}/`], slug: null, path: null }
    : { uris: [`${origin}/${ref}`], slug: ref, path: ref }
}

/** The metadata document of a resource that has a URI. */
export function protectedResourceMetadata(
  { issuer, isDpopEnabled }: Pick<ServerFeatures, 'issuer' | 'isDpopEnabled'>,
  resource: Resource,
): object {
  const scopes = resource.scopes.map((scope) => scope.name)
  return {
    resource: resource.uri,
    authorization_servers: [issuer],
    ...(scopes.length === 0 ? null : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(resource.displayName === '' ? null : { resource_name: resource.displayName }),
    ...(isDpopEnabled ? { dpop_signing_alg_values_supported: proofAlgorithms } : null),
  }
}
