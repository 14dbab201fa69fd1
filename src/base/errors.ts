// Errors that are neither a refusal to a caller (OAuthError) nor a bug (InvariantViolation):
// something the server depends on does not work right now.

/**
 * A dependency is out of order (disk full, database locked, key file unreadable). Carries `cause`.
 */
export class OperationalError extends Error {
  override readonly name = 'OperationalError'
}

/** The text of anything thrown, for log fields and exit messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
