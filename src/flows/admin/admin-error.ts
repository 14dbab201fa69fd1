// Refusals of administrative use cases (spec 05 §3): a closed set, told to the operator in full.
// The transports map the codes to statuses.
import type { RegistrationDecision } from '../../oauth/registration-text.ts'

export type AdminErrorCode = 'invalid' | 'not_found' | 'conflict' | 'access_denied'

export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly code: AdminErrorCode

  /** `message` is shown to the operator. */
  constructor(code: AdminErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What was accepted. @throws AdminError `invalid` with all problems. */
export function acceptedOf<Accepted>(decision: RegistrationDecision<Accepted>): Accepted {
  if (decision.ok) return decision.accepted
  throw new AdminError('invalid', decision.problems.join('; '))
}
