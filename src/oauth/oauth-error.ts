// Refusals to callers: the closed set of OAuth error codes, their status, and the thrown form
// (spec 01 §1.6, §10.2).

/** Status per code. A code belongs to one status; exceptions are named where they are thrown. */
export const oauthErrorStatus = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  access_denied: 403,
  slow_down: 429,
  server_error: 500,
  temporarily_unavailable: 503,
} as const
export type OAuthErrorCode = keyof typeof oauthErrorStatus

export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number

  /**
   * `description` is public: ASCII, the same text wherever a difference would tell an attacker
   * something. `status` deviates from the code's own only for HTTP-level causes (413, 415).
   */
  constructor(code: OAuthErrorCode, description: string, options?: { readonly status: number }) {
    super(description)
    this.code = code
    this.status = options?.status ?? oauthErrorStatus[code]
  }
}
