// Signing keys as everybody but the signer knows them: public halves (spec 02 §7–8).

export const signingAlgorithms = ['ES256', 'RS256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** A public JWK as published in the JWKS. */
export type PublicJwk =
  | {
      readonly use: 'sig'
      readonly kty: 'EC'
      readonly kid: string
      readonly crv: 'P-256'
      readonly alg: 'ES256'
      readonly x: string
      readonly y: string
    }
  | {
      readonly use: 'sig'
      readonly kty: 'RSA'
      readonly kid: string
      readonly alg: 'RS256'
      readonly n: string
      readonly e: string
    }

export interface PublishedKeys {
  readonly current: PublicJwk
  readonly previous: PublicJwk | null
  /** Generated and published, but not yet signing (rotation under way). */
  readonly prepared: PublicJwk | null
}
