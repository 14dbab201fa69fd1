// Issued tokens (spec 07 §3.3, decisions B19 and B48).

/** One immutable row per token bound to a registered resource; only `revokedAtMs` ever changes. */
export interface Issuance {
  /** UUIDv7; of a mint token also its `jti`. */
  readonly id: string
  readonly subjectUserId: string
  readonly clientId: string
  readonly resourceId: string
  readonly scopes: readonly string[]
  readonly backendKind: 'mint' | 'broker'
  /** Whether the token lives in `machine_tokens` for readers of that view (B48). */
  readonly isMachine: boolean
  readonly revocable: boolean
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly revokedAtMs: number | null
  readonly dpopJkt: string | null
  readonly agentId: string | null
  readonly agentChain: readonly string[]
  readonly consentClientId: string | null
  readonly parentJti: string | null
}

/** A machine token that is bound to no registered resource. */
export interface UnboundMachineToken {
  readonly jti: string
  readonly clientId: string
  /** Space separated. */
  readonly scopes: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}
