// Claims to a signed JWT, by the signer and nobody else.
import { InvariantViolation } from '../../base/assert.ts'
import type { TraceContext } from '../../base/telemetry.ts'
import type { AccessTokenClaims } from '../../oauth/access-token.ts'
import { askOptions, type Services } from '../services.ts'

/**
 * The compact JWT of `claims`. @throws ActorError; InvariantViolation when the signer refuses them.
 */
export async function mintAccessToken(
  services: Services,
  claims: AccessTokenClaims,
  trace: TraceContext | null,
): Promise<string> {
  const options = askOptions(services, trace)
  const outcome = await services.signer.ask('signAccessToken', { claims }, options)
  if (!outcome.ok) throw new InvariantViolation('the signer accepts the claims that we make')
  return outcome.reply.jwt
}
