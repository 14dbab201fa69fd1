// Success body of the token endpoint (RFC 6749 §5.1, spec 01 §10.1).
import type { AccessTokenClaims } from './access-token.ts'

export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly refresh_token?: string
  /** Absent when the token carries no scope. */
  readonly scope?: string
}

/** Body for a token of these claims; `refreshToken` null = the grant or client gets none. */
export function tokenResponse(
  accessToken: string,
  { iat, exp, scope, cnf }: Pick<AccessTokenClaims, 'iat' | 'exp' | 'scope' | 'cnf'>,
  refreshToken: string | null,
): TokenResponse {
  return {
    access_token: accessToken,
    token_type: cnf === undefined ? 'Bearer' : 'DPoP',
    expires_in: exp - iat,
    ...(refreshToken === null ? null : { refresh_token: refreshToken }),
    ...(scope === undefined ? null : { scope }),
  }
}
