// Records of a code grant that all belong together; each test overrides what it is about.
import { sha256Base64url } from '../../src/base/hash.ts'
import type { Authorization } from '../../src/records/authorization.ts'
import type { TokenClient } from '../../src/records/client.ts'
import type { GrantStanding } from '../../src/records/grant-standing.ts'
import type { RefreshToken } from '../../src/records/refresh-token.ts'
import type { TokenResource } from '../../src/records/resource.ts'
import type { TokenFamily } from '../../src/records/token-family.ts'

/** 2026-03-01T12:00:00Z. */
export const grantNowMs = Date.UTC(2026, 2, 1, 12)

export const grantVerifier = 'v'.repeat(43)
export const grantResource: TokenResource = {
  id: 'resource-1',
  uri: 'https://mcp.test/mcp',
  scopeNames: ['read', 'write'],
}

export function grantClient(over: Partial<TokenClient> = {}): TokenClient {
  return {
    id: 'app',
    secretHash: '',
    name: 'App',
    grantTypes: ['authorization_code', 'refresh_token'],
    status: 'active',
    scope: '',
    isAgent: false,
    dpopBoundAccessTokens: false,
    ...over,
  }
}

export function grantAuthorization(over: Partial<Authorization> = {}): Authorization {
  return {
    id: 'authorization-1',
    clientId: 'app',
    userId: 'alice',
    redirectUri: 'https://app.test/callback',
    scope: 'read write',
    resource: grantResource.uri,
    state: 's',
    codeHash: sha256Base64url('code'),
    codeChallenge: sha256Base64url(grantVerifier),
    expiresAtMs: grantNowMs + 600_000,
    consumedAtMs: null,
    failedRedemptions: 0,
    createdAtMs: grantNowMs,
    ...over,
  }
}

export function grantFamily(over: Partial<TokenFamily> = {}): TokenFamily {
  return {
    id: 'family-1',
    clientId: 'app',
    userId: 'alice',
    scope: 'read write',
    resource: grantResource.uri,
    status: 'active',
    authorizationId: 'authorization-1',
    createdAtMs: grantNowMs,
    revokedAtMs: null,
    ...over,
  }
}

export function grantRefreshToken(over: Partial<RefreshToken> = {}): RefreshToken {
  return {
    id: 'refresh-1',
    familyId: 'family-1',
    tokenHash: sha256Base64url('refresh'),
    expiresAtMs: grantNowMs + 3_600_000,
    consumedAtMs: null,
    dpopJkt: null,
    parentId: null,
    siblings: 0,
    createdAtMs: grantNowMs,
    ...over,
  }
}

export function grantStanding(over: Partial<GrantStanding> = {}): GrantStanding {
  return {
    client: grantClient(),
    user: { id: 'alice', status: 'active' },
    resource: grantResource,
    consent: { id: 'consent-1', scopes: ['read', 'write'] },
    requested: [],
    ...over,
  }
}
