// Pending and completed authorizations: from the authorize request to the redeemed code (spec 01
// §6–8, 07 §3.2; table `auth_sessions`).

export interface Authorization {
  readonly id: string
  readonly clientId: string
  /** Who was signed in when it began; nobody else can continue it. */
  readonly userId: string
  /** As sent, byte for byte; the token request must repeat it. */
  readonly redirectUri: string
  /** Requested scope; after consent the granted one. */
  readonly scope: string
  /** Registered URI of the resource; empty = none. */
  readonly resource: string
  readonly state: string
  /** SHA-256 of the code, base64url; null until one is issued. */
  readonly codeHash: string | null
  readonly codeChallenge: string
  readonly expiresAtMs: number
  readonly consumedAtMs: number | null
  readonly failedRedemptions: number
  readonly createdAtMs: number
}
