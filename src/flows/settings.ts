// The configuration that use cases read, as plain values. Made once by boot.
import type { KeyObject } from 'node:crypto'
import type { ServerFeatures } from '../oauth/server-metadata.ts'
import type { RegistrationMode } from '../records/runtime-setting.ts'
import type { SigningAlgorithm } from '../records/signing-key.ts'

/** The configuration that use cases read. */
export interface Settings {
  readonly features: ServerFeatures
  readonly clientCredentials: { readonly tokenLifeSeconds: number }
  readonly userTokens: UserTokenSettings
  readonly authorization: AuthorizationSettings
  readonly dpop: DpopSettings
  readonly session: SessionSettings
  readonly login: LoginSettings
  /** For `exp`, `nbf` and `iat` of every JWT that is verified (B35). */
  readonly clockSkewSeconds: number
  readonly signingAlgorithm: SigningAlgorithm
  /** Key of stored `hs256$` secrets, or null. */
  readonly clientSecretPepper: KeyObject | null
  readonly registration: RegistrationSettings
  readonly audit: { readonly defaultLookbackMs: number; readonly maxLookbackMs: number }
  readonly system: SystemFacts
}

/** Tokens of the code and refresh grants (spec 02 §1). */
export interface UserTokenSettings {
  readonly accessLifeSeconds: number
  /** Of each refresh token, from its own birth on. */
  readonly refreshLifeSeconds: number
  /** How long a spent refresh token is answered again (B3); 0 = never. */
  readonly refreshGraceMs: number
}

/** What an authorize request must bring (spec 01 §6). */
export interface AuthorizationSettings {
  readonly requiresScope: boolean
  /** Whether loopback and private-use redirects see the consent page again (CS-10). */
  readonly reconsentsNative: boolean
}

/** Sender-constrained tokens (spec 02 §6). */
export interface DpopSettings {
  /** False: the `DPoP` header is ignored, and the actor is not there. */
  readonly isEnabled: boolean
  readonly isNonceRequired: boolean
  readonly bindsRefreshTokens: boolean
}

/** Browser sessions: their cookie and the keys derived from `session.secret` (spec 01 §7). */
export interface SessionSettings {
  readonly cookieName: string
  readonly maxAgeSeconds: number
  readonly isSecure: boolean
  readonly sameSite: 'lax' | 'strict' | 'none'
  /** Whether a storage error during the check of a cookie ends it. */
  readonly failsClosed: boolean
  readonly keys: SessionKeys
}

/** One key per purpose: what one of them made proves nothing to another. */
export interface SessionKeys {
  readonly cookie: KeyObject
  readonly csrf: KeyObject
  readonly loginNonce: KeyObject
}

/** Sign-in with a password (spec 01 §7.3–7.4). */
export interface LoginSettings {
  readonly isLocalShown: boolean
  readonly lockout: LockoutSettings
}

/** When an identity is locked out at an address; `failuresMax` 0 = never. */
export interface LockoutSettings {
  readonly failuresMax: number
  readonly windowMs: number
  readonly lockMs: number
  readonly identitiesMax: number
}

/** Client ID Metadata Documents (spec 01 §12). */
export interface ClientDocumentSettings {
  readonly isEnabled: boolean
  readonly requiresHttps: boolean
  readonly allowsPrivateAddresses: boolean
  readonly cacheLifeMs: number
  readonly fetchMsMax: number
  readonly documentBytesMax: number
}

/** How clients register themselves, as configured (spec 06 §4.4, §4.8). */
export interface RegistrationSettings {
  readonly mode: RegistrationMode
  /** Whether a stored mode wins over the configured one: only while it can be changed (06 §1). */
  readonly isSwitchable: boolean
  readonly approvedRedirects: readonly string[]
  /** Scope ceiling of clients that register themselves; empty = none. */
  readonly defaultClientScope: string
  readonly allowsPrivateUseSchemes: boolean
  readonly documents: ClientDocumentSettings
}

/** What administrators see of the configuration: drivers and flags, nothing secret (05 §4.8). */
export interface SystemFacts {
  readonly version: string
  readonly startedAtMs: number
  readonly storageDriver: string
  readonly signingKeyStore: string
  /** Empty = no data encryption. */
  readonly encryptionDriver: string
  readonly isRateLimited: boolean
  readonly isClientCredentialsEnabled: boolean
  readonly dpop: {
    readonly isEnabled: boolean
    readonly nonceLifeMs: number
    readonly isNonceRequired: boolean
  }
  readonly tokenExchange: { readonly isEnabled: boolean; readonly chainDepthMax: number }
  readonly listsAgentsInJwks: boolean
  readonly isOidcEnabled: boolean
}
