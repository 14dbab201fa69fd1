// What an MCP client keeps between its steps, in memory, for both official SDKs; it remembers where
// the user is to be sent, and the test sends the browser there.
import assert from 'node:assert/strict'
import type {
  DpopSession,
  OAuthClientMetadata,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'

export interface ProviderOptions {
  /** What the client is to the server already; undefined = it introduces itself. */
  readonly client?: StoredOAuthClientInformation
  /** URL of its metadata document, if it has one. */
  readonly clientMetadataUrl?: string
  readonly dpop?: DpopSession
  /** It wants to sign its user in each time. */
  readonly isWithoutRefresh?: boolean
}

export interface MemoryProvider {
  readonly redirectUrl: string
  readonly clientMetadata: OAuthClientMetadata
  /** Where the user was sent, in order. */
  readonly redirects: readonly URL[]
  clientInformation(): StoredOAuthClientInformation | undefined
  saveClientInformation(information: StoredOAuthClientInformation): void
  tokens(): StoredOAuthTokens | undefined
  saveTokens(tokens: StoredOAuthTokens): void
  state(): string
  redirectToAuthorization(url: URL): void
  saveCodeVerifier(verifier: string): void
  codeVerifier(): string
  /** Where the user was sent; the current SDK compares it with where it redeems the code. */
  saveDiscoveryState(state: OAuthDiscoveryState): void
  discoveryState(): OAuthDiscoveryState | undefined
}

export const callbackUrl = 'http://127.0.0.1:33418/callback'

/** A client that has no tokens yet. */
export function createProvider(options: ProviderOptions): MemoryProvider {
  const redirects: URL[] = []
  let client = options.client
  let tokens: StoredOAuthTokens | undefined
  let verifier = ''
  let discovery: OAuthDiscoveryState | undefined
  const isWithoutRefresh = options.isWithoutRefresh ?? false
  return {
    redirectUrl: callbackUrl,
    clientMetadata: {
      client_name: 'A test of real clients',
      redirect_uris: [callbackUrl],
      grant_types: ['authorization_code', ...(isWithoutRefresh ? [] : ['refresh_token'])],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    redirects,
    clientInformation: () => client,
    saveClientInformation: (information) => {
      client = information
    },
    tokens: () => tokens,
    saveTokens: (saved) => {
      tokens = saved
    },
    state: () => `state-${redirects.length}`,
    redirectToAuthorization: (url) => void redirects.push(url),
    saveCodeVerifier: (saved) => {
      verifier = saved
    },
    codeVerifier: () => verifier,
    saveDiscoveryState: (state) => {
      discovery = state
    },
    discoveryState: () => discovery,
    ...(options.clientMetadataUrl === undefined
      ? null
      : { clientMetadataUrl: options.clientMetadataUrl }),
    ...(options.dpop === undefined ? null : { dpop: () => options.dpop }),
  }
}

/** The answer to the last redirect of a client, whose `state` it compares. */
export function checkedAnswer(provider: MemoryProvider, location: string): URLSearchParams {
  assert.ok(location.startsWith(`${callbackUrl}?`), location)
  const { searchParams } = new URL(location)
  assert.equal(searchParams.get('state'), provider.redirects.at(-1)?.searchParams.get('state'))
  return searchParams
}
