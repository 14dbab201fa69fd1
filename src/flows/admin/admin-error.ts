// Refusals of administrative use cases (spec 05 §3): a closed set, told to the operator in full.
// The transports map the codes to statuses.
import type { RegistrationDecision } from '../../oauth/registration-text.ts'
import type { FrontingLink } from '../../records/fronting-link.ts'

export type AdminErrorCode = 'invalid' | 'not_found' | 'conflict' | 'access_denied'

export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly code: AdminErrorCode
  /** The links that stand in the way; null when it is not about links. */
  readonly dependents: readonly FrontingLink[] | null

  /** `message` is shown to the operator, and so are `dependents`. */
  constructor(
    code: AdminErrorCode,
    message: string,
    dependents: readonly FrontingLink[] | null = null,
  ) {
    super(message)
    this.code = code
    this.dependents = dependents
  }
}

/** What was accepted. @throws AdminError `invalid` with all problems. */
export function acceptedOf<Accepted>(decision: RegistrationDecision<Accepted>): Accepted {
  if (decision.ok) return decision.accepted
  throw new AdminError('invalid', decision.problems.join('; '))
}
