// Messages of the signer, which alone owns the private keys. It receives claims and never bytes, so
// that nobody can use it to sign something that is not one of our access tokens.

import type { AccessTokenClaims } from '../../src/oauth/access-token.ts'
import type { PublicJwk, PublishedKeys, SigningAlgorithm } from '../../src/records/signing-key.ts'
import type { Ask } from '../runtime/protocol.ts'

export type SignerProtocol = {
  /**
   * The compact JWT of claims that pass the signer's policy (issuer, life, required claims).
   * `issued-at-drift`: nothing is wrong with them but that they were not made now, which happens
   * when the clock is set while they are under way.
   */
  readonly signAccessToken: Ask<
    { readonly claims: AccessTokenClaims },
    { readonly jwt: string; readonly kid: string },
    'claims-refused' | 'issued-at-drift'
  >
  /** The public keys as they are now. */
  readonly readKeys: Ask<Record<string, never>, PublishedKeys>
  /** Generates the next key. It is stored and can be published, but signs nothing yet. */
  readonly prepareKey: Ask<
    { readonly algorithm: SigningAlgorithm; readonly force: boolean },
    { readonly key: PublicJwk; readonly published: PublishedKeys },
    'rotation-under-way' | 'rotated-too-recently'
  >
  /** Makes the prepared key current, the current one previous, and drops the previous one. */
  readonly activateKey: Ask<{ readonly kid: string }, PublishedKeys, 'unknown-key'>
  /**
   * Reads the store again (SIGHUP, watcher). A store that cannot be read leaves the keys as they
   * were.
   */
  readonly reloadKeys: Ask<Record<string, never>, PublishedKeys, 'unreadable-key'>
}

/** Sent without being asked: the store changed under us and the keys were reloaded. */
export type SignerNotice = { readonly kind: 'keysChanged'; readonly published: PublishedKeys }

/** Everything the signer's worker knows of the configuration. */
export interface SignerSlice {
  readonly issuer: string
  readonly keyPath: string
  readonly algorithm: SigningAlgorithm
  /** Longest life of any access token of this server; longer claims are refused. */
  readonly tokenLifeSecondsMax: number
  /** A second rotation sooner than this needs force: longest token life + JWKS life. */
  readonly rotationGapMs: number
}
