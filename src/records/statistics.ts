// Numbers for the overview of administrators (spec 05 §4.8).

export interface Statistics {
  readonly clients: number
  readonly users: number
  /** Families and machine tokens born in the period that are neither revoked nor expired. */
  readonly activeTokens: number
  /** Families and machine tokens born in the period that were revoked. */
  readonly revokedTokens: number
  /** Active broker grants. */
  readonly connections: number
}
