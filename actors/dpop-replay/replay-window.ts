// The proofs that were used lately, in memory and in the order in which they will be forgotten
// (spec 02 §6.5, 09 DP-28). It refuses most replays before anything is signed. It is not the
// authority: that is the claim that storage commits with what the proof buys.

export interface ReplayWindow {
  /**
   * Remembers a proof for `keepMs`; false when it is remembered already. A full window keeps what
   * it has and does not learn more: nothing unexpired is ever pushed out of it.
   */
  take(key: string, nowMs: number): boolean
  /** Forgets a proof: it may come again. */
  release(key: string): void
  size(): number
}

interface Entry {
  readonly key: string
  readonly expiresAtMs: number
}

/** How many forgotten entries may lie before the first that is remembered. */
const slackMax = 1024

/** A window of up to `entriesMax` proofs, each kept for `keepMs`. */
export function createReplayWindow({
  entriesMax,
  keepMs,
}: {
  readonly entriesMax: number
  readonly keepMs: number
}): ReplayWindow {
  const expiries = new Map<string, number>()
  // In the order of their expiry. A map keeps its order too, but walks over what was deleted.
  let queue: Entry[] = []
  let head = 0
  // The latest time seen: a clock that is set back must not shorten anybody's memory (B7).
  let latestMs = 0

  function forgetExpired(): void {
    for (let next = queue[head]; next !== undefined; next = queue[head]) {
      if (next.expiresAtMs > latestMs) break
      // What was released meanwhile, and came again, expires later.
      if (expiries.get(next.key) === next.expiresAtMs) expiries.delete(next.key)
      head += 1
    }
    if (head > slackMax && head > queue.length / 2) {
      queue = queue.slice(head)
      head = 0
    }
  }

  function remember(key: string): void {
    if (queue.length - head >= entriesMax) return
    const expiresAtMs = latestMs + keepMs
    expiries.set(key, expiresAtMs)
    queue.push({ key, expiresAtMs })
  }

  return {
    take: (key, nowMs) => {
      latestMs = Math.max(latestMs, nowMs)
      forgetExpired()
      if (expiries.has(key)) return false
      remember(key)
      return true
    },
    release: (key) => void expiries.delete(key),
    size: () => expiries.size,
  }
}
