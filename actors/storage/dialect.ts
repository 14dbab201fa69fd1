// How values of the program are written in the database, and read back: instants, booleans, lists
// and objects, absent texts (spec 07 §1).
import { assert } from '../../src/base/assert.ts'

interface Second {
  readonly second: number
  /** Its text up to the fraction. */
  readonly text: string
}

/**
 * Seconds that were written lately: the hot path writes thousands of instants of the same few ones,
 * now and one life later. They share a prime number of places, so that lives of whole minutes,
 * hours or days do not put each other out of theirs.
 */
const lately: Second[] = []
const places = 13

/**
 * RFC 3339 in UTC with nine fraction digits and `Z`, so that texts sort like the instants they
 * tell.
 */
export function instantText(ms: number): string {
  assert(Number.isSafeInteger(ms), 'an instant is an integer number of milliseconds')
  const second = Math.floor(ms / 1000)
  const rest = ms - second * 1000
  const pad = rest < 10 ? '00' : rest < 100 ? '0' : ''
  return `${secondText(second)}.${pad}${rest}000000Z`
}

function secondText(second: number): string {
  const place = Math.abs(second) % places
  const known = lately[place]
  if (known?.second === second) return known.text
  const text = new Date(second * 1000).toISOString().slice(0, 19)
  lately[place] = { second, text }
  return text
}

/** Milliseconds of a stored instant, or null when it is none. Digits below 1 ms are cut off. */
export function instantMs(text: string): number | null {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

/** A nullable instant. */
export function instantTextOrNull(ms: number | null): string | null {
  return ms === null ? null : instantText(ms)
}

/** 0 or 1. */
export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0
}

/** NULL for what is absent or empty, so that partial indexes stay small (spec 07 §3.3). */
export function textOrNull(value: string | null): string | null {
  return value === '' ? null : value
}

/** JSON text of a list or object. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value)
}
