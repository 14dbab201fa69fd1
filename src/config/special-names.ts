// Names that mean something beside the keys of the schema: removed and deprecated keys (spec 06
// §3.2, §3.4), blocks of entries, and variables without a key (§4.12, 00 B27 and B39).

/** Keys of older versions, and what took their place. Their presence is fatal. */
export const removedKeys: Readonly<Record<string, string>> = {
  resource_servers: 'use resources',
  vault_connectors: 'use broker_providers',
  vault_connect: 'use connect',
  'token_exchange.cross_client_allowlist': 'use policy.exchange.allowed_client_ids of the resource',
}

/** Keys that still work, and their successors. Their presence is a warning. */
export const deprecatedKeys = {
  'oidc.client_secret_env': 'oidc.client_secret_ref',
} as const

export type DeprecatedKey = keyof typeof deprecatedKeys

/** Lists of entries that have tables or readers of their own. YAML only. */
export const blockKeys = ['oidc.providers', 'broker_providers', 'resources'] as const

export type BlockKey = (typeof blockKeys)[number]

/** One resource of the environment. */
export const resourceVariables = {
  uri: 'AUTHPLANE_RESOURCE_URI',
  scopes: 'AUTHPLANE_RESOURCE_SCOPES',
} as const

/** One broker provider of the environment. */
export const providerVariables = {
  slug: 'AUTHPLANE_BROKER_PROVIDER_SLUG',
  display_name: 'AUTHPLANE_BROKER_PROVIDER_DISPLAY_NAME',
  protocol: 'AUTHPLANE_BROKER_PROVIDER_PROTOCOL',
  client_id: 'AUTHPLANE_BROKER_PROVIDER_CLIENT_ID',
  client_secret_ref: 'AUTHPLANE_BROKER_PROVIDER_CLIENT_SECRET_REF',
  client_secret_env: 'AUTHPLANE_BROKER_PROVIDER_CLIENT_SECRET_ENV',
  authorize_url: 'AUTHPLANE_BROKER_PROVIDER_AUTHORIZE_URL',
  token_url: 'AUTHPLANE_BROKER_PROVIDER_TOKEN_URL',
  response_format: 'AUTHPLANE_BROKER_PROVIDER_RESPONSE_FORMAT',
} as const

/** Every variable that belongs to no key. */
export const keylessVariables: readonly string[] = [
  ...Object.values(resourceVariables),
  ...Object.values(providerVariables),
  'AUTHPLANE_TEST_FAULTS',
]
