// A token as an administrator sees it in a list (spec 05 §4.2, §5): a family of tokens of a user,
// or a machine token.

export interface ListedToken {
  /** Of a family its id, of a machine token its jti: what it is revoked by. */
  readonly id: string
  readonly kind: 'authorization_code' | 'client_credentials'
  readonly clientId: string
  /** Null for a machine token. */
  readonly userId: string | null
  /** Space separated; empty = none. */
  readonly scope: string
  /** Registered URI of the resource; empty = none. */
  readonly resource: string
  readonly status: 'active' | 'revoked'
  readonly createdAtMs: number
  /** Null for a family, which lives as long as it is refreshed. */
  readonly expiresAtMs: number | null
}
