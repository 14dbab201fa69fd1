// What is known of one configuration key: kind, default, variable, one line of documentation, and
// the rule that its value alone must pass (spec 06 §4).
import { parseUrl } from '../base/url.ts'
import { isNetwork, type Kind } from './kinds.ts'

/** Says what a value must be when it is not, else null. */
type ValueRule<Value> = (value: Value) => string | null

/** A value as it is written in YAML. */
export type YamlValue = string | boolean | number | readonly string[]

interface Options<Value, Variable extends string | null> {
  /** The default, as it would be written in the file. */
  readonly fallback: YamlValue
  /** Null = YAML only. */
  readonly variable: Variable
  readonly doc: string
  readonly rule?: ValueRule<Value>
}

export type ValueOf<K> = K extends Kind<infer Value> ? Value : never

interface Setting<K extends Kind<unknown>, Variable extends string | null>
  extends Options<ValueOf<K>, Variable> {
  readonly kind: K
}

/** A setting of whatever kind, for code that walks all of them. */
export type AnySetting = Omit<Options<never, string | null>, 'rule'> & {
  readonly kind: Kind<unknown>
  readonly rule?: (value: never) => string | null
}

/** One entry of a table of keys, with the types of its value and its variable. */
export function setting<K extends Kind<unknown>, const Variable extends string | null>(
  kind: K,
  options: Options<ValueOf<K>, Variable>,
): Setting<K, Variable> {
  return { kind, ...options }
}

/** Bounds of a number, both allowed. */
export function between(min: number, max: number): ValueRule<number> {
  return (value) => (value >= min && value <= max ? null : `must be between ${min} and ${max}`)
}

/** Bounds of a duration; the texts say the same as the numbers, in the form of the file. */
export function within(
  [min, minText]: readonly [number, string],
  [max, maxText]: readonly [number, string],
): ValueRule<number> {
  return (value) =>
    value >= min && value <= max ? null : `must be between ${minText} and ${maxText}`
}

export const positive: ValueRule<number> = (value) => (value > 0 ? null : 'must be more than 0')

export const notNegative: ValueRule<number> = (value) =>
  value >= 0 ? null : 'must not be negative'

export const nonEmpty: ValueRule<string> = (value) =>
  value.trim() === '' ? 'must not be empty' : null

/** RFC 8414 §2, and spec 06 §5.1. No repair: clients compare the issuer as a string. */
export const issuerRule: ValueRule<string> = (value) => {
  // Credentials are refused because `http://localhost:1@example.org` would pass for localhost.
  const isPlain = /^https?:\/\/[^\s/\\?#@]+(?:\/[^\s\\?#]*)?$/.test(value)
  if (!isPlain || parseUrl(value) === null)
    return 'must be an absolute http or https URL without credentials, query and fragment'
  return value.endsWith('/') ? 'must not end with a slash' : null
}

export const networksRule: ValueRule<readonly string[]> = (values) =>
  values.every(isNetwork) ? null : 'must hold IP addresses or networks such as 10.0.0.0/8 only'

/** Free of what the admin listener serves itself: administration and its description. */
export const adminPathRule: ValueRule<string> = (value) => {
  if (!/^\/[A-Za-z0-9._~/-]*$/.test(value)) return 'must be a path that begins with a slash'
  return /^\/(?:admin(?:\/|$)|openapi\.json$)/.test(value)
    ? 'must not be /openapi.json or lie below /admin: that is the admin API'
    : null
}

/** RFC 6265 §4.1.1: the name of a cookie is a token. */
export const cookieNameRule: ValueRule<string> = (value) =>
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value)
    ? null
    : 'must be a cookie name: letters, digits and -_. without spaces'
