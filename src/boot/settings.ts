// The settings of use cases, from the configuration and its secrets.
import { createSecretKey, type KeyObject } from 'node:crypto'
import packageFile from '../../package.json' with { type: 'json' }
import { systemClock } from '../base/clock.ts'
import { deriveKey } from '../base/hash.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import type {
  RegistrationSettings,
  SessionSettings,
  Settings,
  SystemFacts,
} from '../flows/settings.ts'
import type { GrantType } from '../records/client.ts'

/** The settings of a configuration. */
export function settingsOf(config: Config, secrets: Secrets): Settings {
  const { clientCredentials } = config
  return {
    features: {
      issuer: config.server.issuer,
      grantTypes: servedGrants(config),
      isDpopEnabled: config.dpop.enabled,
      hasClientDocuments: config.cimd.enabled,
    },
    clientCredentials: { tokenLifeSeconds: clientCredentials.tokenExpirySeconds },
    userTokens: {
      accessLifeSeconds: config.dcr.defaultTokenExpirySeconds,
      refreshLifeSeconds: config.dcr.defaultRefreshExpirySeconds,
      refreshGraceMs: config.oauth.refreshGraceMs,
    },
    authorization: {
      requiresScope: config.oauth.requireScope,
      reconsentsNative: config.oauth.reconsentNative,
    },
    dpop: {
      isEnabled: config.dpop.enabled,
      isNonceRequired: config.dpop.requireNonce,
      bindsRefreshTokens: config.dpop.bindRefreshTokens,
    },
    session: sessionOf(config, secrets),
    login: {
      isLocalShown: config.oidc.showLocalLogin,
      lockout: {
        failuresMax: config.rateLimit.authFailMax,
        windowMs: config.rateLimit.authFailWindowMs,
        lockMs: config.rateLimit.authLockoutMs,
        identitiesMax: config.rateLimit.maxTrackedIdentities,
      },
    },
    clockSkewSeconds: config.oauth.clockSkewSeconds,
    signingAlgorithm: config.signing.algorithm,
    clientSecretPepper: pepperOf(secrets),
    registration: registrationOf(config),
    audit: {
      defaultLookbackMs: config.admin.auditDefaultLookbackMs,
      maxLookbackMs: config.admin.auditMaxLookbackMs,
    },
    system: systemFactsOf(config),
  }
}

function registrationOf({ admin, cimd, dcr, oauth }: Config): RegistrationSettings {
  return {
    mode: dcr.mode,
    isSwitchable: admin.enabled,
    approvedRedirects: dcr.approvedRedirects,
    defaultClientScope: oauth.defaultClientScope,
    allowsPrivateUseSchemes: dcr.allowPrivateUseSchemes,
    documents: {
      isEnabled: cimd.enabled,
      requiresHttps: cimd.requireHttps,
      allowsPrivateAddresses: cimd.allowPrivateAddresses,
      cacheLifeMs: cimd.cacheTtlMs,
      fetchMsMax: cimd.fetchTimeoutMs,
      documentBytesMax: cimd.maxDocumentBytes,
    },
  }
}

function sessionOf({ session }: Config, secrets: Secrets): SessionSettings {
  const key = (purpose: string): KeyObject =>
    createSecretKey(deriveKey(sessionSecret(secrets), purpose))
  return {
    cookieName: session.cookieName,
    maxAgeSeconds: session.maxAgeSeconds,
    isSecure: session.secure,
    sameSite: session.sameSite,
    failsClosed: session.failClosed,
    keys: {
      cookie: key('session-cookie'),
      csrf: key('csrf'),
      loginNonce: key('login-nonce'),
    },
  }
}

/** Commands run without a session secret: nobody signs in through them. */
function sessionSecret(secrets: Secrets): Uint8Array {
  return secrets.has('session.secret') ? secrets.bytes('session.secret') : new Uint8Array()
}

function systemFactsOf(config: Config): SystemFacts {
  const { dpop, tokenExchange } = config
  return {
    version: packageFile.version,
    startedAtMs: systemClock.nowMs(),
    storageDriver: config.storage.driver,
    signingKeyStore: config.signing.keyStore,
    encryptionDriver: config.dataEncryption.driver,
    isRateLimited: config.rateLimit.enabled,
    isClientCredentialsEnabled: config.clientCredentials.enabled,
    dpop: {
      isEnabled: dpop.enabled,
      nonceLifeMs: dpop.nonceTtlSeconds * 1000,
      isNonceRequired: dpop.requireNonce,
    },
    tokenExchange: {
      isEnabled: tokenExchange.enabled,
      chainDepthMax: tokenExchange.maxChainDepth,
    },
    listsAgentsInJwks: config.agents.enableJwksListing,
    isOidcEnabled: config.oidc.enabled,
  }
}

function servedGrants(config: Config): readonly GrantType[] {
  const always: readonly GrantType[] = ['authorization_code', 'refresh_token']
  return config.clientCredentials.enabled ? [...always, 'client_credentials'] : always
}

/** The pepper as a key object: no string of it exists in this thread. */
function pepperOf(secrets: Secrets): KeyObject | null {
  return secrets.has('client_secret_pepper')
    ? createSecretKey(secrets.bytes('client_secret_pepper'))
    : null
}
