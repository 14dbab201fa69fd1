// Messages of the DPoP replay actor (RFC 9449, spec 02 §6): it verifies proofs, remembers which
// were used, and makes and checks nonces. Proofs are never verified on the front thread.
import type { ProofClaim } from '../../src/records/proof-claim.ts'
import type { Ask, Tell } from '../runtime/protocol.ts'

export interface ProofCheck {
  /** The value of the `DPoP` header as sent. */
  readonly proof: string
  /** Method of the request that carries it. */
  readonly method: string
  /** URLs of that request as the client may know it (spec 02 §6.3, decision D6). */
  readonly targets: readonly string[]
  /** base64url SHA-256 of the access token that comes with the proof, or null when none does. */
  readonly accessTokenHash: string | null
  readonly isNonceRequired: boolean
}

/** Labels of the refused proofs in the metrics (spec 08 §1.1). */
export type ProofFault = 'invalid_proof' | 'replay' | 'nonce_required' | 'nonce_mismatch'

export type DpopReplayProtocol = {
  /**
   * The claim that the proof is good for, to be spent with what it buys, or why it is refused. A
   * good proof counts as used from here on, until it is released. Every answer carries the nonce
   * for the client's next proof.
   */
  readonly checkProof: Ask<
    ProofCheck,
    { readonly nonce: string } & (
      | { readonly claim: ProofClaim; readonly fault: null }
      | { readonly claim: null; readonly fault: ProofFault }
    )
  >
  /** A nonce for an answer to a request whose proof was not looked at. */
  readonly newNonce: Ask<Record<string, never>, { readonly nonce: string }>
  /** What the proof was to buy did not come about through no fault of the client: it may return. */
  readonly releaseProof: Tell<{ readonly jkt: string; readonly jti: string }>
}

/** Everything the workers know of the configuration. */
export interface DpopReplaySlice {
  readonly proofLifeMs: number
  readonly nonceLifeMs: number
  /** For `exp` and `nbf` of a proof that has them (B35). */
  readonly clockSkewMs: number
  /** Key from which those of the nonces are derived, the same on all instances. */
  readonly nonceSecret: Uint8Array
}
