// Proof Key for Code Exchange (RFC 7636), S256 only.
import { constantTimeEqual } from '../base/bytes.ts'
import { sha256Base64url } from '../base/hash.ts'

/** Whether `verifier` is well-formed and the one that `challenge` was made of. */
export function provesChallenge(verifier: string, challenge: string): boolean {
  const isWellFormed = /^[A-Za-z0-9._~-]{43,128}$/.test(verifier)
  const isRight = constantTimeEqual(sha256Base64url(verifier), challenge)
  return isWellFormed && isRight
}
