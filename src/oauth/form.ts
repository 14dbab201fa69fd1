// Strict reading of `application/x-www-form-urlencoded` bodies (RFC 6749 §3.2, OAuth 2.1:
// parameters at most once, an empty value counts as omitted; decision B10).
import { limits } from '../base/limits.ts'
import { OAuthError } from './oauth-error.ts'

/** Parameters by name; those sent with an empty value are absent. */
export type Form = ReadonlyMap<string, string>

/** RFC 8707 and RFC 8693 let these repeat, and SDKs do: the first value counts. */
const repeatable: ReadonlySet<string> = new Set(['resource', 'audience'])

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A parameter that may be sent as often as a body has room; null = none may. */
export type ListParameter = 'scopes' | null

interface Reading {
  readonly form: Map<string, string>
  readonly empty: Set<string>
  readonly list: ListParameter
}

/**
 * Parses a form body. Values of the parameter `list` are joined by spaces. @throws OAuthError
 * `invalid_request` on broken percent-encoding or UTF-8, a NUL, more than 64 other parameters, or
 * a repeated one.
 */
export function parseForm(body: Uint8Array, list: ListParameter): Form {
  const text = decodeUtf8(body)
  const reading: Reading = { form: new Map(), empty: new Set(), list }
  let count = 0
  for (let start = 0; start <= text.length; ) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > start) {
      const { isListed } = addParameter(reading, text.slice(start, end))
      if (!isListed && ++count > limits.formParametersMax) throw malformed('too many parameters')
    }
    start = end + 1
  }
  return reading.form
}

function addParameter(into: Reading, part: string): { readonly isListed: boolean } {
  const equals = part.indexOf('=')
  const name = decodeComponent(equals === -1 ? part : part.slice(0, equals))
  const value = equals === -1 ? '' : decodeComponent(part.slice(equals + 1))
  const isListed = name === into.list
  const isRepeated = into.form.has(name) || into.empty.has(name)
  if (isRepeated && !isListed && !repeatable.has(name)) throw malformed('a parameter is repeated')
  const before = into.form.get(name)
  if (value === '') into.empty.add(name)
  else if (before === undefined) into.form.set(name, value)
  else if (isListed) into.form.set(name, `${before} ${value}`)
  return { isListed }
}

/** One form-encoded name or value. @throws OAuthError `invalid_request`. */
function decodeComponent(text: string): string {
  const decoded = decodeFormComponent(text)
  if (decoded === null) throw malformed('the form is not encoded correctly')
  return decoded
}

/** The decoded form of one form-encoded component, or null when it is not encoded correctly. */
export function decodeFormComponent(text: string): string | null {
  let decoded = text
  if (text.includes('+')) decoded = decoded.replaceAll('+', ' ')
  if (text.includes('%')) {
    try {
      decoded = decodeURIComponent(decoded)
    } catch {
      return null // a URIError says nothing more than that
    }
  }
  return decoded.includes('\0') ? null : decoded
}

function decodeUtf8(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch {
    throw malformed('the form is not valid UTF-8')
  }
}

function malformed(description: string): OAuthError {
  return new OAuthError('invalid_request', description)
}
