// A resource as the configuration names it (spec 06 §4.12). It is made at the start of the server
// unless its slug exists; nothing of it is checked beyond its shape before that.
import type { ResourcePolicy, ResourceScope } from './resource.ts'

export interface ResourceSeed {
  readonly slug: string
  /** Null = not said. */
  readonly uri: string | null
  /** As written; the rules of the admin interface judge it. */
  readonly backendKind: string | null
  readonly brokerProviderId: string | null
  readonly brokerProviderSlug: string | null
  readonly displayName: string | null
  readonly scopes: readonly ResourceScope[]
  readonly policy: ResourcePolicy
}
