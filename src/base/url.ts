// Strict reading of URLs: null instead of an exception, no repair of what was sent.

/** The parsed form of an absolute URL, or null. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** The parsed form of an absolute http(s) URL with a host, or null. */
export function parseHttpUrl(text: string): URL | null {
  const url = parseUrl(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : null
}

/**
 * Whether an issuer lives on this machine (spec 06 §5.1): decides development or production mode.
 */
export function isLocalhostIssuer(issuer: string): boolean {
  return /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(issuer)
}
