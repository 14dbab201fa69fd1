// The kinds of configuration values and how each is read from YAML and from a variable (spec 06
// §2). Stricter than the reference where the specification says TAKE: nothing unparsable is
// ignored.
import ipaddr from 'ipaddr.js'
import { parseDuration } from '../base/duration.ts'
import { type ListenAddress, parseListenAddress } from './address.ts'

/** A value, or what was expected instead. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly expected: string }

export interface Kind<Value, Name extends KindName = KindName> {
  readonly name: Name
  /** The closed set of words, of kinds that have one. */
  readonly allowed?: readonly string[]
  readonly fromYaml: (value: unknown) => Reading<Value>
  readonly fromText: (text: string) => Reading<Value>
}

/**
 * Three kinds are durations: what a timer waits for (`duration`), what none does (`span`), and
 * whole seconds for lives that end up in a claim or a cookie (`seconds`).
 */
export type KindName =
  | 'text'
  | 'secret'
  | 'flag'
  | 'integer'
  | 'decimal'
  | 'duration'
  | 'span'
  | 'seconds'
  | 'list'
  | 'choice'
  | 'address'

const good = <Value>(value: Value): Reading<Value> => ({ ok: true, value })
const bad = (expected: string): Reading<never> => ({ ok: false, expected })

/** A kind that is written as a string in YAML too. */
function written<Value, Name extends KindName>(
  name: Name,
  expected: string,
  fromText: (text: string) => Reading<Value>,
): Kind<Value, Name> {
  const fromYaml = (value: unknown): Reading<Value> =>
    typeof value === 'string' ? fromText(value) : bad(expected)
  return { name, fromYaml, fromText }
}

export const text = written('text', 'a string (put it in quotes)', (value) => good(value))
export const secret = written('secret', 'a string (put it in quotes)', (value) => good(value))

const yes = new Set(['true', '1', 'yes'])
const no = new Set(['false', '0', 'no', ''])

/** Every set variable has a meaning: what does not say yes is false, as in the reference. */
export const flag: Kind<boolean, 'flag'> = {
  name: 'flag',
  fromYaml: (value) => (typeof value === 'boolean' ? good(value) : bad('true or false')),
  fromText: (value) => good(yes.has(value.toLowerCase())),
}

/** Whether a variable says neither yes nor no in so many words. */
export function isDoubtfulFlag(value: string): boolean {
  return !yes.has(value.toLowerCase()) && !no.has(value.toLowerCase())
}

const wholeNumber = 'a whole number such as 100'

export const integer: Kind<number, 'integer'> = {
  name: 'integer',
  fromYaml: (value) => (Number.isSafeInteger(value) ? good(value as number) : bad(wholeNumber)),
  fromText: (value) =>
    /^-?\d{1,15}$/.test(value) ? good(Number(value)) : bad(`${wholeNumber} without a unit`),
}

export const decimal: Kind<number, 'decimal'> = {
  name: 'decimal',
  fromYaml: (value) => (Number.isFinite(value) ? good(value as number) : bad('a number')),
  fromText: (value) =>
    /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)
      ? good(Number(value))
      : bad('a number without a unit'),
}

const durationExpected = 'a duration with its unit, such as 500ms, 30s, 15m or 1h30m'
const timerMsMax = 2 ** 31 - 1
const lifeSecondsMax = 10 * 365 * 86_400
const tooLong = bad('a duration of at most 87600h')

/** Whole milliseconds that fit a timer of Node (24.8 days). */
export const duration = written('duration', durationExpected, (value) => {
  const ms = wholeUnits(value, 1)
  if (ms === null) return bad(durationExpected)
  return ms <= timerMsMax ? good(ms) : bad('a duration of at most 596h')
})

/** Whole milliseconds, at most ten years. */
export const span = written('span', durationExpected, (value) => {
  const ms = wholeUnits(value, 1)
  if (ms === null) return bad(durationExpected)
  return ms <= lifeSecondsMax * 1000 ? good(ms) : tooLong
})

/** Whole seconds, at most ten years. */
export const seconds = written('seconds', durationExpected, (value) => {
  const count = wholeUnits(value, 1000)
  if (count === null) return bad(`${durationExpected}, of whole seconds`)
  return count <= lifeSecondsMax ? good(count) : tooLong
})

/** A duration in units of `unitMs`, or null when it is none or not a whole number of them. */
function wholeUnits(value: string, unitMs: number): number | null {
  const ms = parseDuration(value)
  if (ms === null) return null
  const units = ms / unitMs
  // 2.3s is 2299.9999999999995 ms in floating point: what is that close to whole is whole.
  const whole = Math.round(units)
  return Math.abs(units - whole) < 1e-6 ? whole : null
}

/** Items are trimmed, empty ones dropped; in a variable they are separated by commas. */
export const list: Kind<readonly string[], 'list'> = {
  name: 'list',
  fromYaml: (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? good(items(value))
      : bad('a list of strings'),
  fromText: (value) => good(items(value.split(','))),
}

function items(raw: readonly string[]): readonly string[] {
  return raw.map((item) => item.trim()).filter((item) => item !== '')
}

interface ChoiceOptions<Value extends string, Empty extends string | null> {
  readonly allowed: readonly Value[]
  /** What an empty value means; null = it is refused. */
  readonly empty: Empty
  readonly anyCase: boolean
}

/** One of a closed set of words. */
export function choice<const Value extends string, const Empty extends string | null>(
  options: ChoiceOptions<Value, Empty>,
): Kind<Value | NonNullable<Empty>, 'choice'> {
  const { allowed, empty, anyCase } = options
  const expected = allowed.join(' or ')
  const kind = written('choice', expected, (value): Reading<Value | NonNullable<Empty>> => {
    if (value === '' && empty !== null) return good(empty as NonNullable<Empty>)
    const sought = anyCase ? value.toLowerCase() : value
    const found = allowed.find((candidate) => candidate === sought)
    return found === undefined ? bad(expected) : good(found)
  })
  return { ...kind, allowed }
}

/** `kind`, with values that say "not set" standing for another value. */
function meaning<Value, Name extends KindName>(
  kind: Kind<Value, Name>,
  isUnset: (value: Value) => boolean,
  meant: Value,
): Kind<Value, Name> {
  const replace = (reading: Reading<Value>): Reading<Value> =>
    reading.ok && isUnset(reading.value) ? good(meant) : reading
  return {
    ...kind,
    fromYaml: (value) => replace(kind.fromYaml(value)),
    fromText: (value) => replace(kind.fromText(value)),
  }
}

/** A number or duration whose 0 stands for `meant`. */
export function zeroMeans<Name extends KindName>(
  kind: Kind<number, Name>,
  meant: number,
): Kind<number, Name> {
  return meaning(kind, (value) => value === 0, meant)
}

/** A text or list that stands for `meant` when it is empty. */
export function emptyMeans<Value extends string | readonly string[], Name extends KindName>(
  kind: Kind<Value, Name>,
  meant: Value,
): Kind<Value, Name> {
  return meaning(kind, (value) => value.length === 0, meant)
}

const addressExpected = 'an address such as :9000, 127.0.0.1:9000 or [::1]:9000'

export const address = written('address', addressExpected, (value): Reading<ListenAddress> => {
  const parsed = parseListenAddress(value)
  return parsed === null ? bad(addressExpected) : good(parsed)
})

/** Whether `value` is an IP address or a network in CIDR form. */
export function isNetwork(value: string): boolean {
  const [host = '', prefix, ...rest] = value.split('/')
  const isIpv4 = ipaddr.IPv4.isValidFourPartDecimal(host)
  if (rest.length > 0 || !(isIpv4 || (host.includes(':') && ipaddr.IPv6.isValid(host))))
    return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIpv4 ? 32 : 128)
}
