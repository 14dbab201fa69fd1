// Time windows over tables whose ids are UUIDv7 (decision B19): an id begins with the time at which
// it was drawn, so that a window of time is a range of ids.

/** The smallest UUIDv7 of an instant: every id drawn then or later sorts at or after it. */
export function lowestIdAt(ms: number): string {
  const digits = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}`
}

/** Sorts after every UUIDv7. */
export const beyondAllIds = 'g'

/** Above every rowid. */
export const beyondAllRowids = Number.MAX_SAFE_INTEGER
