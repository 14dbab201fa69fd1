// The settings of a server under test: the defaults of the product, but for what a test says.
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Settings } from '../../src/flows/settings.ts'

const key = (purpose: string): KeyObject => createSecretKey(Buffer.from(purpose.padEnd(32, '-')))

/** Settings with some groups replaced as a whole. */
export function testSettings(changed: Partial<Settings>): Settings {
  return {
    features: {
      issuer: 'https://auth.test',
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      isDpopEnabled: true,
      hasClientDocuments: true,
    },
    clientCredentials: { tokenLifeSeconds: 3600 },
    userTokens: {
      accessLifeSeconds: 900,
      refreshLifeSeconds: 7 * 24 * 3600,
      refreshGraceMs: 10_000,
    },
    authorization: { requiresScope: false, reconsentsNative: true },
    dpop: { isEnabled: true, isNonceRequired: false, bindsRefreshTokens: true },
    session: {
      cookieName: 'authserver_session',
      maxAgeSeconds: 24 * 3600,
      isSecure: false,
      sameSite: 'lax',
      failsClosed: true,
      keys: { cookie: key('cookie'), csrf: key('csrf'), loginNonce: key('login-nonce') },
    },
    login: {
      isLocalShown: true,
      lockout: {
        failuresMax: 10,
        windowMs: 600_000,
        lockMs: 900_000,
        identitiesMax: 250_000,
      },
    },
    clockSkewSeconds: 30,
    signingAlgorithm: 'ES256',
    clientSecretPepper: null,
    registration: testRegistration({}),
    audit: { defaultLookbackMs: 24 * 3_600_000, maxLookbackMs: 720 * 3_600_000 },
    system: {
      version: '0.0.0-test',
      startedAtMs: 0,
      storageDriver: 'sqlite',
      signingKeyStore: 'keyfile',
      encryptionDriver: '',
      isRateLimited: true,
      isClientCredentialsEnabled: true,
      dpop: { isEnabled: true, nonceLifeMs: 60_000, isNonceRequired: false },
      tokenExchange: { isEnabled: true, chainDepthMax: 5 },
      listsAgentsInJwks: false,
      isOidcEnabled: false,
    },
    ...changed,
  }
}

/** How clients register themselves, but for what a test says. */
export function testRegistration(
  changed: Partial<Settings['registration']>,
): Settings['registration'] {
  return {
    mode: 'open',
    isSwitchable: true,
    approvedRedirects: [],
    defaultClientScope: '',
    allowsPrivateUseSchemes: true,
    documents: {
      isEnabled: true,
      requiresHttps: true,
      allowsPrivateAddresses: false,
      cacheLifeMs: 3_600_000,
      fetchMsMax: 10_000,
      documentBytesMax: 65_536,
    },
    ...changed,
  }
}
