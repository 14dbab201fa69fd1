// People who sign in (spec 04 §1.1, 07 §3.1).

export const userRoles = ['user', 'admin'] as const
/** Kept for readers of the table; no role has any power. */
export type UserRole = (typeof userRoles)[number]

export const userStatuses = ['active', 'disabled'] as const
export type UserStatus = (typeof userStatuses)[number]

export const userProviders = ['local', 'oidc'] as const
export type UserProvider = (typeof userProviders)[number]

export interface User {
  readonly id: string
  /** Lower-cased; unique among users that have one. */
  readonly email: string | null
  readonly name: string
  /** PHC string of Argon2id or an imported bcrypt hash; empty for federated users. */
  readonly passwordHash: string
  readonly role: UserRole
  readonly status: UserStatus
  readonly provider: UserProvider
  /** Subject at the provider and its issuer; empty for local users. */
  readonly providerSub: string
  readonly providerIssuer: string
  /** Browser sessions that began earlier are over; null = all that are valid otherwise. */
  readonly sessionsSinceMs: number | null
  readonly version: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** What a grant needs of the user it is for. */
export type TokenUser = Pick<User, 'id' | 'status'>
