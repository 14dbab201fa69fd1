// Numbers for the overview of administrators (spec 05 §4.8).

export interface Statistics {
  readonly clients: number
  readonly users: number
  /** Families and machine tokens that came to life in the period and live. */
  readonly activeTokens: number
  /** Families and machine tokens that were revoked in the period. */
  readonly revokedTokens: number
  /** Active broker grants. */
  readonly connections: number
}
