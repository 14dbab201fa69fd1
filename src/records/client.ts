// OAuth clients (spec 01 §5.1, 07 §3.1).

export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
] as const
export type GrantType = (typeof grantTypes)[number]

export const clientAuthMethods = ['none', 'client_secret_basic', 'client_secret_post'] as const
export type ClientAuthMethod = (typeof clientAuthMethods)[number]

export const clientStatuses = ['active', 'suspended', 'revoked'] as const
export type ClientStatus = (typeof clientStatuses)[number]

export const registrationSources = ['dcr', 'cimd', 'admin'] as const
export type RegistrationSource = (typeof registrationSources)[number]

export const applicationTypes = ['web', 'native'] as const
export type ApplicationType = (typeof applicationTypes)[number]

export interface Client {
  readonly id: string
  /** Stored form of the secret (spec 01 §5.2); empty = public client, and that alone decides. */
  readonly secretHash: string
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly GrantType[]
  readonly responseTypes: readonly string[]
  readonly tokenEndpointAuthMethod: ClientAuthMethod
  readonly status: ClientStatus
  readonly registrationSource: RegistrationSource
  readonly cimdUrl: string
  /** Scope ceiling, space separated; empty = none. */
  readonly scope: string
  readonly isAgent: boolean
  readonly agentDescription: string
  readonly applicationType: ApplicationType | null
  readonly dpopBoundAccessTokens: boolean
  readonly version: number
  readonly issuedAtMs: number
  readonly updatedAtMs: number
}

/** What the token endpoint needs of a client: one narrow read per request. */
export type TokenClient = Pick<
  Client,
  | 'id'
  | 'secretHash'
  | 'name'
  | 'grantTypes'
  | 'status'
  | 'scope'
  | 'isAgent'
  | 'dpopBoundAccessTokens'
>
