// Authentication of a confidential client at the token endpoint (RFC 6749 §2.3, spec 01 §5.2).
import { clientRefused, type PresentedCredentials } from '../../oauth/client-credentials.ts'
import { matchesClientSecret } from '../../oauth/client-secret.ts'
import type { TokenClient } from '../../records/client.ts'
import type { Services } from '../services.ts'

/**
 * The client, if it exists, is active and confidential, and the secret is its own. The secret is
 * compared in every case, so that the time taken does not tell which of these failed.
 * @throws OAuthError `invalid_client`
 */
export function authenticateConfidentialClient(
  services: Services,
  client: TokenClient | null,
  presented: PresentedCredentials,
): TokenClient {
  const isRight = matchesClientSecret(
    presented.secret ?? '',
    client?.secretHash ?? '',
    services.settings.clientSecretPepper,
  )
  const isConfidential = client !== null && client.secretHash !== ''
  if (!isConfidential || presented.secret === null || !isRight || client.status !== 'active') {
    throw clientRefused()
  }
  return client
}
