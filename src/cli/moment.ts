// Times on the command line (spec 05 §8): an age such as 90m, 24h, 7d or 2w, or an instant as in
// RFC 3339.
import { parseDuration } from '../base/duration.ts'
import { parseInstant } from '../base/instant.ts'
import { UsageError } from './arguments.ts'

/** A time, said either way. */
export type Moment = { readonly atMs: number } | { readonly agoMs: number }

const dayMs = 24 * 3_600_000

/** A time in the past, or null when the option was not given. @throws UsageError */
export function momentOf(text: string | undefined, flag: string): Moment | null {
  if (text === undefined) return null
  const atMs = parseInstant(text)
  if (atMs !== null) return { atMs }
  const agoMs = ageOf(text)
  if (agoMs !== null) return { agoMs }
  throw new UsageError(
    `${flag} must be an age such as 90m, 24h, 7d or 2w, or a time such as 2026-03-01T12:00:00Z`,
  )
}

/** Milliseconds of a duration, which may also be whole days or weeks; null when it is none. */
function ageOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,3})([dw])$/.exec(text) ?? []
  const ageMs =
    count === undefined ? parseDuration(text) : Number(count) * (unit === 'w' ? 7 * dayMs : dayMs)
  return ageMs !== null && ageMs > 0 ? ageMs : null
}
