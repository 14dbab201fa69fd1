// What introspection and revocation are asked (RFC 7662 §2.1, RFC 7009 §2.1, spec 01 §13–14): one
// token, and the credentials of who presents it. `token_type_hint` is not looked at: what a token
// is, it says itself.
import type { Form } from './form.ts'
import { OAuthError } from './oauth-error.ts'
import type { TokenCall } from './token-request.ts'

/** A request about a token. */
export type PresentedTokenCall = Pick<TokenCall, 'form' | 'authorization' | 'caller'>

/** The token. @throws OAuthError `invalid_request` when there is none. */
export function readPresentedToken(form: Form): string {
  const token = form.get('token')
  if (token !== undefined && token !== '') return token
  throw new OAuthError('invalid_request', 'token is required')
}
