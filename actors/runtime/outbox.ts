// Collects messages of one event-loop turn into one frame. A frame leaves when it is full or when
// the turn ends: full frames overlap the work of both threads, endless ones would run them in
// lock-step.
import type { Clock } from '../../src/base/clock.ts'

export interface Outbox {
  /** Adds one message or answer, given as the members of its stride. */
  add(...members: readonly unknown[]): void
  /** Sends what has been collected. */
  flush(): void
  /** Forgets what has been collected. */
  clear(): void
}

/** An outbox whose frames hold at most `messagesMax` messages of `stride` members. */
export function createOutbox(options: {
  readonly clock: Clock
  readonly stride: number
  readonly messagesMax: number
  readonly send: (flat: unknown[]) => void
}): Outbox {
  const membersMax = options.stride * options.messagesMax
  let flat: unknown[] = []
  let scheduled = false

  function flush(): void {
    if (flat.length === 0) return
    const frame = flat
    flat = []
    options.send(frame)
  }

  function endOfTurn(): void {
    scheduled = false
    flush()
  }

  return {
    add(...members) {
      for (const member of members) flat.push(member)
      if (flat.length >= membersMax) {
        flush()
      } else if (!scheduled) {
        scheduled = true
        options.clock.soon(endOfTurn)
      }
    },
    flush,
    clear() {
      flat = []
    },
  }
}
