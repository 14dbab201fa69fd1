// What use cases count (spec 08 §1.1–1.2).

/** What use cases count; every label is from a closed set. */
export interface FlowMeters {
  tokenIssued(grantType: string, seconds: number): void
  clientCredentialsDenied(reason: string): void
  auditEventDropped(action: string): void
  clientRegistered(source: string): void
  /** `reason` of spec 08 §1.1. */
  tokensRevoked(reason: string): void
  refreshTokenReused(): void
  refreshTokenRetried(): void
  codeReused(verifier: 'valid' | 'invalid'): void
  revocationFailed(path: 'reuse' | 'code_reuse', half: 'family' | 'jti'): void
  proofValidated(): void
  proofRejected(reason: string): void
  agentTokenIssued(): void
  loginAttempted(result: 'success' | 'failure'): void
  authDenied(reason: string): void
  consentDecided(decision: 'granted' | 'denied'): void
  introspected(result: 'active' | 'inactive' | 'error', seconds: number): void
  authorizationFlowed(seconds: number): void
  documentFetched(seconds: number): void
  documentFetchSuppressed(reason: 'negative_cache' | 'single_flight' | 'capacity'): void
  keyRotated(): void
  keysReloaded(seconds: number): void
}

const uncounted = (): void => undefined

/** Meters of a process that nobody scrapes. */
export const silentMeters: FlowMeters = {
  tokenIssued: uncounted,
  clientCredentialsDenied: uncounted,
  auditEventDropped: uncounted,
  clientRegistered: uncounted,
  tokensRevoked: uncounted,
  refreshTokenReused: uncounted,
  refreshTokenRetried: uncounted,
  codeReused: uncounted,
  revocationFailed: uncounted,
  proofValidated: uncounted,
  proofRejected: uncounted,
  agentTokenIssued: uncounted,
  loginAttempted: uncounted,
  authDenied: uncounted,
  consentDecided: uncounted,
  introspected: uncounted,
  authorizationFlowed: uncounted,
  documentFetched: uncounted,
  documentFetchSuppressed: uncounted,
  keyRotated: uncounted,
  keysReloaded: uncounted,
}
