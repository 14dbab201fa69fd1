// Equality of resource indicators (RFC 8707; decision B28): clients write the same URI in more than
// one way, `aud` is always the registered one.
import { parseUrl } from '../base/url.ts'

/** Schemes whose URLs the parser reads as `scheme://host` however many slashes were written. */
const webSchemes: ReadonlySet<string> = new Set(['https:', 'http:', 'wss:', 'ws:', 'ftp:'])

/**
 * The form under which two spellings of one resource meet: scheme and host in lower case, default
 * port dropped, and an empty path for `/`. A slash after a path stays significant. Null when `text`
 * is no absolute URI, or has a fragment (RFC 8707 §2), a user, or characters no URI has.
 */
export function canonicalResource(text: string): string | null {
  if (/[#\\\s\p{Cc}]/u.test(text)) return null // the URL parser would repair these
  const url = parseUrl(text)
  if (url === null) return null
  const rest = text.slice(url.protocol.length)
  if (!rest.startsWith('//')) return webSchemes.has(url.protocol) ? null : url.protocol + rest
  const pathStart = rest.slice(2).search(/[/?]/)
  const authority = pathStart === -1 ? rest.slice(2) : rest.slice(2, 2 + pathStart)
  if (authority.includes('@') || (authority === '' && webSchemes.has(url.protocol))) return null
  const tail = pathStart === -1 ? '' : rest.slice(2 + pathStart)
  return `${url.protocol}//${url.host.toLowerCase()}${tail === '/' ? '' : tail}`
}

/** Path of a resource's URI without its leading slash (spec 01 §3.3, last lookup); empty = none. */
export function resourcePath(uri: string): string {
  const url = parseUrl(uri)
  return url === null ? '' : url.pathname.slice(1)
}
