// Instants as text: RFC 3339 in UTC, the form of every time on the wire and in the log.

/** With milliseconds: `2026-03-01T12:00:00.250Z`. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString()
}

/** In whole seconds: `2026-03-01T12:00:00Z`. */
export function rfc3339Seconds(ms: number): string {
  return `${rfc3339(ms).slice(0, 19)}Z`
}
