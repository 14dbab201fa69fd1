// Success body of the token endpoint (RFC 6749 §5.1, spec 01 §10.1).

export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  /** Absent when the token carries no scope. */
  readonly scope?: string
}

/** Body for a bearer token that lives `expiresIn` seconds; `scope` is empty when there is none. */
export function bearerTokenResponse(
  accessToken: string,
  expiresIn: number,
  scope: string,
): TokenResponse {
  const body = { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn } as const
  return scope === '' ? body : { ...body, scope }
}
