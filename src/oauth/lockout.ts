// Failed sign-ins per identity and address (spec 01 §7.4, spec 09 LG-03–LG-05) as a state machine:
// attempts begin and end, time is handed in. Bounded: what is forgotten first is whoever failed
// longest ago, and never somebody who is locked out.

export interface LockoutRules {
  /** Failures after which an identity is locked out; 0 = never. */
  readonly failuresMax: number
  /** Failures add up for so long from the first one on. */
  readonly windowMs: number
  readonly lockMs: number
  readonly identitiesMax: number
}

/** Whether an attempt may be made now. */
export type Admission =
  | { readonly isAdmitted: true }
  | { readonly isAdmitted: false; readonly retryAfterMs: number }

export interface Lockout {
  /** Asks for an attempt of `key`; an admitted one ends with one of the others below. */
  begin(key: string, nowMs: number): Admission
  /** The attempt failed. Until when it locked the identity out, or null. */
  fail(key: string, nowMs: number): number | null
  /** The attempt succeeded: what failed before is forgotten. */
  succeed(key: string): void
  /** Nobody knows whether the attempt would have succeeded: it does not count. */
  abandon(key: string): void
  /** Identities that are remembered. */
  readonly size: number
}

interface Entry {
  failures: number
  windowEndsAtMs: number
  /** Attempts that have begun and not ended: together they cannot pass the bound either. */
  open: number
}

/** What a caller is told while only attempts that have not ended stand in the way. */
const openRetryMs = 1000
/** How often lockouts that have ended are looked for; until then they only take up room. */
const sweepEveryMs = 1000

/** Counters that nobody has failed at yet. */
export function createLockout(rules: LockoutRules): Lockout {
  const counted = createCounters()
  const locks = createLocks()

  function touch(key: string, nowMs: number): Entry {
    const known = counted.get(key)
    const isOver = known !== null && known.windowEndsAtMs <= nowMs
    const entry =
      known === null || isOver
        ? { failures: 0, windowEndsAtMs: nowMs + rules.windowMs, open: known?.open ?? 0 }
        : known
    counted.put(key, entry, rules.identitiesMax - locks.size)
    return entry
  }

  function end(key: string): Entry | null {
    const entry = counted.get(key)
    if (entry !== null) entry.open = Math.max(0, entry.open - 1)
    return entry
  }

  return {
    begin(key, nowMs) {
      if (rules.failuresMax <= 0) return { isAdmitted: true }
      locks.forgetEnded(nowMs)
      const untilMs = locks.untilMs(key)
      if (untilMs > nowMs) return { isAdmitted: false, retryAfterMs: untilMs - nowMs }
      const entry = touch(key, nowMs)
      if (entry.failures + entry.open >= rules.failuresMax) {
        return { isAdmitted: false, retryAfterMs: openRetryMs }
      }
      entry.open += 1
      return { isAdmitted: true }
    },
    fail(key, nowMs) {
      if (rules.failuresMax <= 0 || locks.untilMs(key) > nowMs) return null
      end(key)
      const entry = touch(key, nowMs)
      entry.failures += 1
      const isFull = locks.size >= rules.identitiesMax
      if (entry.failures < rules.failuresMax || isFull) return null
      counted.delete(key)
      return locks.lock(key, nowMs + rules.lockMs)
    },
    succeed(key) {
      counted.delete(key)
    },
    abandon(key) {
      const entry = end(key)
      if (entry !== null && entry.open === 0 && entry.failures === 0) counted.delete(key)
    },
    get size() {
      return counted.size + locks.size
    },
  }
}

/** Who is locked out until when, in the order in which that ends. */
function createLocks() {
  const ends = new Map<string, number>()
  let nextSweepMs = 0
  return {
    get size() {
      return ends.size
    },
    untilMs: (key: string): number => ends.get(key) ?? 0,
    lock(key: string, untilMs: number): number {
      ends.delete(key) // what has ended and was not swept yet would keep its place in the order
      ends.set(key, untilMs)
      return untilMs
    },
    forgetEnded(nowMs: number): void {
      if (nowMs < nextSweepMs) return
      nextSweepMs = nowMs + sweepEveryMs
      for (const [key, untilMs] of ends) {
        if (untilMs > nowMs) return
        ends.delete(key)
      }
    },
  }
}

/**
 * Entries in two generations: what is touched moves into the young one, and when that is full the
 * old one is forgotten as a whole. Taking the oldest out of one map one by one would look at every
 * place that was emptied before, which a flood of invented identities would make slow.
 */
function createCounters() {
  let young = new Map<string, Entry>()
  let old = new Map<string, Entry>()
  return {
    get size() {
      return young.size + old.size
    },
    get: (key: string): Entry | null => young.get(key) ?? old.get(key) ?? null,
    delete(key: string): void {
      young.delete(key)
      old.delete(key)
    },
    /** Leaves at most `sizeMax` entries, which may be none at all. */
    put(key: string, entry: Entry, sizeMax: number): void {
      old.delete(key)
      if (!young.has(key) && young.size >= Math.floor(sizeMax / 2)) {
        old = young
        young = new Map()
      }
      young.set(key, entry)
      if (young.size + old.size > sizeMax) old = new Map()
      if (young.size > sizeMax) young = new Map()
    },
  }
}
