// A DPoP proof that is being spent: its key and id can be claimed once (RFC 9449 §11.1, decision
// B8; table `dpop_jtis`).

export interface ProofClaim {
  /** RFC 7638 thumbprint of the key that signed it. */
  readonly jkt: string
  readonly jti: string
  /** Until when the claim is remembered. */
  readonly expiresAtMs: number
}
