// Whether this server can do its work (spec 01 §4, 08 §2; reliability B.3).
import type { ActorRef } from '../../../actors/runtime/protocol.ts'
import type { StorageProtocol } from '../../../actors/storage/protocol.ts'
import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'

export interface ReadinessProbe {
  /** Whether the database answers within `withinMs`. */
  isDatabaseUp(withinMs: number): Promise<boolean>
  /**
   * Whether new work should come here: actors up, database up (as of a second ago), not draining.
   */
  isReady(): Promise<boolean>
  /** From now on the server is not ready: it finishes what it has. */
  startDraining(): void
  isDraining(): boolean
  now(): number
}

/** How long an answer of the database counts for `isReady`. */
const cachedMs = 1000

/** A probe over the storage actor; `isHealthy` says whether all actors are up. */
export function createReadinessProbe(options: {
  readonly storage: ActorRef<StorageProtocol>
  readonly clock: Clock
  readonly isHealthy: () => boolean
}): ReadinessProbe {
  const { storage, clock } = options
  let draining = false
  let lastUpMs = Number.NEGATIVE_INFINITY

  async function isDatabaseUp(withinMs: number): Promise<boolean> {
    const deadlineMs = clock.monotonicMs() + withinMs
    try {
      await storage.ask('ping', {}, { deadlineMs, trace: null })
      return true
    } catch {
      return false // why is told by the actor's own log
    }
  }

  return {
    isDatabaseUp,
    async isReady() {
      if (draining || !options.isHealthy()) return false
      if (clock.monotonicMs() - lastUpMs < cachedMs) return true
      if (!(await isDatabaseUp(limits.readyAskMs))) return false
      lastUpMs = clock.monotonicMs()
      return true
    },
    startDraining() {
      draining = true
    },
    isDraining: () => draining,
    now: () => clock.nowMs(),
  }
}
