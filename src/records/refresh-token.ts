// Refresh tokens as stored: a hash, never the token (spec 02 §5, 07 §3.2).

export interface RefreshToken {
  /** UUIDv7: rows of one time lie side by side. */
  readonly id: string
  readonly familyId: string
  /** SHA-256 of the token, base64url. */
  readonly tokenHash: string
  readonly expiresAtMs: number
  readonly consumedAtMs: number | null
  /** Thumbprint of the key that every use must prove (B7); null = unbound. */
  readonly dpopJkt: string | null
  /** The token that this one replaced, or stands beside in the grace window (B3). */
  readonly parentId: string | null
  /** How often it was answered again in the grace window after its consumption. */
  readonly siblings: number
  readonly createdAtMs: number
}

/** What is new about the token that replaces one: it takes the place of that one in its family. */
export type Successor = Pick<RefreshToken, 'id' | 'tokenHash' | 'expiresAtMs' | 'dpopJkt'>

/** What a refresh needs of the token that is presented. */
export type PresentedRefreshToken = Pick<
  RefreshToken,
  'id' | 'expiresAtMs' | 'consumedAtMs' | 'dpopJkt' | 'siblings'
>
