// Protected resources: what a token can be for (spec 03, 05 §4.4, 07 §3.6).

export const backendKinds = ['mint', 'broker'] as const
export type BackendKind = (typeof backendKinds)[number]

export interface ResourceScope {
  readonly name: string
  readonly description: string
  /** Scope of the upstream provider that this one stands for; empty for mint resources. */
  readonly upstream: string
}

export interface ResourcePolicy {
  /** Clients that may exchange for this resource; empty = any. */
  readonly exchangeAllowedClientIds: readonly string[]
  /** Clients that act as this resource's server; empty = none. */
  readonly runtimeClientIds: readonly string[]
  /** Where the connect flow may return to; broker resources only. */
  readonly connectAllowedReturnUrls: readonly string[]
}

export interface Resource {
  readonly id: string
  readonly slug: string
  readonly displayName: string
  /** Registered URI byte for byte, the `aud` of its tokens; empty = none. Not unique. */
  readonly uri: string
  readonly backendKind: BackendKind
  readonly brokerProviderId: string | null
  readonly scopes: readonly ResourceScope[]
  readonly policy: ResourcePolicy
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** What the token endpoint needs of a resource. */
export interface TokenResource {
  readonly id: string
  readonly uri: string
  readonly scopeNames: readonly string[]
}
