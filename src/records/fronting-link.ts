// Fronting links: one resource stands before another and maps its scopes (spec 05 §4.7, 07 §3.6).

export interface FrontingLink {
  readonly sourceSlug: string
  readonly targetSlug: string
  /** Scope of the source to the scopes of the target that it stands for. */
  readonly scopeMap: Readonly<Record<string, readonly string[]>>
  readonly createdAtMs: number
  /** `admin` or `cli`. */
  readonly createdBy: string
}
