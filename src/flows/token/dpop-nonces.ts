// The nonce for the `DPoP-Nonce` header (spec 02 §6.4, decision B53): it comes with the check of a
// proof, and other answers reuse it for as long as it is young.
import type { DpopReplayProtocol } from '../../../actors/dpop-replay/protocol.ts'
import type { ActorRef } from '../../../actors/runtime/protocol.ts'
import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'

export interface DpopNonces {
  /** Takes over the nonce that came with the answer to a proof. */
  learn(nonce: string): void
  /** A nonce with at least half of its life before it, or null when none is to be had. */
  current(): Promise<string | null>
}

/** Nonces of `dpopReplay`, which live `lifeMs`. */
export function createDpopNonces({
  dpopReplay,
  clock,
  lifeMs,
}: {
  readonly dpopReplay: ActorRef<DpopReplayProtocol>
  readonly clock: Clock
  readonly lifeMs: number
}): DpopNonces {
  let known: { readonly nonce: string; readonly sinceMs: number } | null = null
  let asking: Promise<string | null> | null = null

  function learn(nonce: string): void {
    // The actor hands one out for a quarter of its life, and it may be that old already.
    if (known?.nonce !== nonce) known = { nonce, sinceMs: clock.monotonicMs() }
  }

  async function ask(): Promise<string | null> {
    try {
      const deadlineMs = clock.monotonicMs() + limits.askMs
      const outcome = await dpopReplay.ask('newNonce', {}, { deadlineMs, trace: null })
      learn(outcome.reply.nonce)
      return outcome.reply.nonce
    } catch {
      // The answer that it was for matters more: it goes without (RFC 9449 §8.2 demands none).
      return null
    } finally {
      asking = null
    }
  }

  return {
    learn,
    current: () => {
      if (known !== null && clock.monotonicMs() - known.sinceMs < lifeMs / 4) {
        return Promise.resolve(known.nonce)
      }
      asking ??= ask()
      return asking
    },
  }
}
