// Go-style durations (`300ms`, `15m`, `1h30m`), the form of every duration in configuration.

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const wholePattern = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/
const partPattern = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g

/** Milliseconds of a Go duration, or null when `text` is not one. `0` alone is a duration. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0
  if (!wholePattern.test(text)) return null
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(partPattern)) {
    totalMs += Number(amount) * (unitMs[unit as string] as number)
  }
  return totalMs
}

/** Go's form of a number of milliseconds: `1m0s`, `1h0m0s`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = (ms % 60_000) / 1000
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
