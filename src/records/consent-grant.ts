// What a user has allowed a client at a resource (spec 01 §8, 07 §3.6).

export interface ConsentGrant {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly resourceId: string
  readonly scopes: readonly string[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly revokedAtMs: number | null
}
