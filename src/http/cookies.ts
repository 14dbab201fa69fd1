// Cookies as bytes: one value out of a `Cookie` header, and `Set-Cookie` headers (RFC 6265 §4, spec
// 01 §7.1).

/** Attributes that all our cookies share; each is sent to every path and hidden from scripts. */
export interface CookieAttributes {
  readonly isSecure: boolean
  readonly sameSite: 'lax' | 'strict' | 'none'
}

export interface Cookie extends CookieAttributes {
  readonly name: string
  readonly value: string
  readonly maxAgeSeconds: number
}

/** What a cookie's value may consist of (RFC 6265 §4.1.1, `cookie-octet`). */
const valuePattern = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/

const sameSiteNames = { lax: 'Lax', strict: 'Strict', none: 'None' } as const

/**
 * The value of the cookie `name` in a `Cookie` header, or null when there is none, when it is
 * malformed, or when it came twice: of two values nobody can tell which one is ours, as another
 * host of the same site may have set the second (spec 09 LG-10).
 */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined) return null
  let found: string | null = null
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
    if (found !== null) return null
    found = pair.slice(equals + 1).trim()
  }
  return found !== null && valuePattern.test(found) ? found : null
}

/** The `Set-Cookie` header of a cookie. */
export function setCookie({ name, value, maxAgeSeconds, isSecure, sameSite }: Cookie): string {
  return (
    `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; ` +
    `SameSite=${sameSiteNames[sameSite]}${isSecure ? '; Secure' : ''}`
  )
}

/** The `Set-Cookie` header that makes a browser forget the cookie `name`. */
export function clearCookie(name: string, attributes: CookieAttributes): string {
  return setCookie({ ...attributes, name, value: '', maxAgeSeconds: 0 })
}
