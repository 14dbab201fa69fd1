// Which redirect URIs may be registered, and which a request may name (spec 01 §5.3, decision B6).
// They are compared byte for byte and written into a Location header, so nothing is accepted that a
// parser would repair.
import { utf8Bytes } from '../base/bytes.ts'
import { limits } from '../base/limits.ts'
import { parseUrl } from '../base/url.ts'

export type RedirectUriKind = 'https' | 'loopback' | 'private-use'

export type RedirectUriReading =
  | { readonly kind: RedirectUriKind }
  /** Why it may not be registered: the predicate of a sentence about the URI. */
  | { readonly problem: string }

/** Schemes that a browser would run, read or open itself instead of starting an app (B6). */
const forbiddenSchemes: ReadonlySet<string> = new Set([
  'about',
  'blob',
  'data',
  'file',
  'filesystem',
  'ftp',
  'javascript',
  'vbscript',
  'view-source',
  'ws',
  'wss',
])

/** Members of an authorization response: a registered query must not forge one (spec 09 RU-22). */
const responseMembers = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']

/** The kind of a redirect URI, or why it may not be registered. */
export function readRedirectUri(text: string): RedirectUriReading {
  if (utf8Bytes(text).byteLength > limits.uriBytesMax) {
    return { problem: `is longer than ${limits.uriBytesMax} bytes` }
  }
  if (!/^[\x21-\x7e]*$/.test(text) || /[\\<>"]/.test(text)) {
    return { problem: 'holds characters that no URI has' }
  }
  const url = parseUrl(text)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (url === null || scheme === undefined) return { problem: 'is not an absolute URI' }
  if (text.includes('#')) return { problem: 'has a fragment' }
  const member = responseMembers.find((name) => url.searchParams.has(name))
  if (member !== undefined) return { problem: `has the reserved query parameter ${member}` }
  return readScheme(scheme, text, url)
}

function readScheme(scheme: string, text: string, url: URL): RedirectUriReading {
  if (forbiddenSchemes.has(scheme)) return { problem: `uses the forbidden scheme ${scheme}` }
  if (scheme !== 'https' && scheme !== 'http') {
    const isEmpty = /^[^:]*:\/*$/.test(text)
    return isEmpty ? { problem: 'names nothing after its scheme' } : { kind: 'private-use' }
  }
  // The parser would also take `https:host` and `https:///host`.
  const authority = /^[^:]*:\/\/([^/?]+)/.exec(text)?.[1]
  if (authority === undefined) return { problem: 'has no host' }
  if (url.username !== '' || url.password !== '' || authority.includes('@')) {
    return { problem: 'holds credentials' }
  }
  if (authority.includes('*')) return { problem: 'has a wildcard, which would match nothing' }
  if (scheme === 'https') return { kind: 'https' }
  // RFC 8252 §7.3. In the text as it is: the parser also makes 127.0.0.1 of `127.1`.
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d*)?$/.test(authority)
    ? { kind: 'loopback' }
    : { problem: 'uses http, which is only for localhost, 127.0.0.1 and [::1]' }
}

const loopbackPattern = /^(https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::(\d{0,5}))?([/?].*)?$/

/**
 * Whether a request may name `requested`: it is registered byte for byte, or it differs from a
 * registered URI of a loopback host in nothing but the port (RFC 8252 §7.3, RU-13).
 */
export function matchesRedirectUri(registered: readonly string[], requested: string): boolean {
  if (registered.includes(requested)) return true
  const wanted = withoutPort(requested)
  return wanted !== null && registered.some((uri) => withoutPort(uri) === wanted)
}

/** A loopback URI without its port; null for all others and for a port that there is not. */
function withoutPort(uri: string): string | null {
  const [, origin, port = '', rest = ''] = loopbackPattern.exec(uri) ?? []
  if (origin === undefined || Number(port) > 65_535) return null
  return `${origin} ${rest}`
}

/** Where an answer goes, as a person can judge it. */
export interface Destination {
  /** `loopback`: a program on the person's own computer; `app`: whatever claims the scheme. */
  readonly kind: 'site' | 'loopback' | 'app'
  /** Host with its port, in ASCII; of an app the scheme. */
  readonly name: string
}

/** The destination of a registered redirect URI, by its real host, whatever stands before it. */
export function destinationOf(redirectUri: string): Destination {
  const url = parseUrl(redirectUri)
  if (url === null) return { kind: 'app', name: '' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { kind: 'app', name: url.protocol.slice(0, -1) }
  }
  const isLoopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  return { kind: isLoopback ? 'loopback' : 'site', name: url.host }
}
