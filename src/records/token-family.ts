// What one code redemption brought to life: the family of all tokens that come of it (spec 02 §5.1,
// 07 §3.2).

export const familyStatuses = ['active', 'revoked'] as const
export type FamilyStatus = (typeof familyStatuses)[number]

export interface TokenFamily {
  /** UUIDv7: rows of one time lie side by side. */
  readonly id: string
  readonly clientId: string
  readonly userId: string
  /** Scope of the authorization; narrowing a refresh does not change it. */
  readonly scope: string
  /** Registered URI of the resource; empty = none. */
  readonly resource: string
  readonly status: FamilyStatus
  /** The authorization whose code made it. */
  readonly authorizationId: string | null
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
}

/** What a refresh needs of its family. */
export type RefreshedFamily = Pick<
  TokenFamily,
  'id' | 'clientId' | 'userId' | 'scope' | 'resource' | 'status'
>
