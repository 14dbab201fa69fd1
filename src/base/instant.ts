// Instants as text: RFC 3339, written in UTC on the wire and in the log.

/** With milliseconds: `2026-03-01T12:00:00.250Z`. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString()
}

/** In whole seconds: `2026-03-01T12:00:00Z`. */
export function rfc3339Seconds(ms: number): string {
  return `${rfc3339(ms).slice(0, 19)}Z`
}

/** RFC 3339 with an offset; Date.parse alone takes much more. */
const instantPattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Milliseconds since 1970 of a time as in RFC 3339, or null when it is none. */
export function parseInstant(text: string): number | null {
  const ms = instantPattern.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}
