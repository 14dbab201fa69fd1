// Claims to a signed JWT, by the signer and nobody else.
import { InvariantViolation, unreachable } from '../../base/assert.ts'
import type { TraceContext } from '../../base/telemetry.ts'
import type { AccessTokenClaims } from '../../oauth/access-token.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { askOptions, type Services } from '../services.ts'

/**
 * The compact JWT of `claims`. @throws OAuthError `temporarily_unavailable` when the clock was set
 * since they were made; ActorError; InvariantViolation when the signer refuses them.
 */
export async function mintAccessToken(
  services: Services,
  claims: AccessTokenClaims,
  trace: TraceContext | null,
): Promise<string> {
  const options = askOptions(services, trace)
  const outcome = await services.signer.ask('signAccessToken', { claims }, options)
  if (outcome.ok) return outcome.reply.jwt
  switch (outcome.refusal) {
    case 'issued-at-drift':
      // The client asks again. Claims made anew here could meet the next step of the clock, so that
      // this answer would be needed all the same.
      throw new OAuthError('temporarily_unavailable', 'the clock of the server was set: try again')
    case 'claims-refused':
      throw new InvariantViolation('the signer accepts the claims that we make')
    default:
      return unreachable(outcome.refusal)
  }
}
