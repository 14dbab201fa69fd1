// POST /oauth/token as a use case: finds the grant, checks that it is switched on, measures.
import { OAuthError } from '../../oauth/oauth-error.ts'
import type { TokenCall } from '../../oauth/token-request.ts'
import type { TokenResponse } from '../../oauth/token-response.ts'
import type { GrantType } from '../../records/client.ts'
import type { Services } from '../services.ts'
import { redeemAuthorizationCode } from './authorization-code.ts'
import { issueClientCredentials } from './client-credentials.ts'
import { rotateRefreshToken } from './refresh-token.ts'

type Grant = (services: Services, call: TokenCall) => Promise<TokenResponse>

/** The grants this server knows; those without a flow are not offered by it. */
const grants: Readonly<Record<GrantType, Grant | null>> = {
  authorization_code: redeemAuthorizationCode,
  refresh_token: rotateRefreshToken,
  client_credentials: issueClientCredentials,
  'urn:ietf:params:oauth:grant-type:token-exchange': null,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': null,
}

/** Configuration key that switches a grant, for the text of the refusal (spec 01 §10.2). */
const switches: Partial<Record<GrantType, string>> = {
  client_credentials: 'client_credentials.enabled',
  'urn:ietf:params:oauth:grant-type:token-exchange': 'token_exchange.enabled',
  'urn:ietf:params:oauth:grant-type:jwt-bearer': 'xaa.enabled',
}

/** Issues what `call` asks for. @throws OAuthError, ActorError. */
export async function issueToken(services: Services, call: TokenCall): Promise<TokenResponse> {
  const startedMs = services.clock.monotonicMs()
  const { grantType } = call
  if (!isGrantType(grantType)) {
    throw new OAuthError('unsupported_grant_type', 'grant_type is missing or unknown')
  }
  const grant = services.settings.features.grantTypes.includes(grantType) ? grants[grantType] : null
  if (grant === null) throw switchedOff(grantType)
  const response = await grant(services, call)
  services.meters.tokenIssued(grantType, (services.clock.monotonicMs() - startedMs) / 1000)
  return response
}

function isGrantType(name: string | null): name is GrantType {
  return name !== null && Object.hasOwn(grants, name)
}

function switchedOff(grantType: GrantType): OAuthError {
  const key = switches[grantType]
  return new OAuthError(
    'unsupported_grant_type',
    key === undefined
      ? 'this grant is not available on this server'
      : `this grant is switched off (${key})`,
  )
}
