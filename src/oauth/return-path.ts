// Where a browser goes after sign-in: a path of this server and nothing else (spec 01 §7.4, spec 09
// LG-13).

/** Visible ASCII without the backslash, which browsers take for a slash. */
const pathPattern = /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/

/** A host that cannot be reached by a path. */
const somewhere = 'https://return.invalid'

/**
 * `text` when browsers can only understand it as a path (and query) on the host that names it,
 * else null. Tabs and line ends, which browsers drop before they look, do not pass.
 */
export function safeReturnPath(text: string): string | null {
  if (!pathPattern.test(text) || text.includes('://')) return null
  return new URL(text, somewhere).origin === somewhere ? text : null
}

/**
 * The query of a sign-in that comes back to `pathAndQuery`, a request target of this server. A URL
 * in its query that came unencoded is encoded, as no return path holds one.
 */
export function returnQuery(pathAndQuery: string): string {
  return `redirect=${encodeURIComponent(pathAndQuery.replaceAll('://', '%3A%2F%2F'))}`
}
