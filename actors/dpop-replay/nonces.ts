// The nonces of this server: one per time slot is handed out by each thread, and those of every
// thread and instance are recognised (spec 02 §6.4, decision B53).
import { createSecretKey, type KeyObject } from 'node:crypto'
import { deriveKey } from '../../src/base/hash.ts'
import type { Random } from '../../src/base/random.ts'
import {
  isLiveNonce,
  makeNonce,
  nonceChanceBytes,
  nonceEpoch,
  nonceSlot,
} from '../../src/oauth/dpop-nonce.ts'

export interface Nonces {
  /** The nonce to hand out at `nowMs`. */
  current(nowMs: number): string
  isLive(nonce: string, nowMs: number): boolean
}

/** Nonces that live `lifeMs`, under keys derived from `secret`. */
export function createNonces({
  secret,
  lifeMs,
  random,
}: {
  readonly secret: Uint8Array
  readonly lifeMs: number
  readonly random: Random
}): Nonces {
  const keyOf = epochKeys(secret)
  let handedOut = { slot: -1, nonce: '' }
  return {
    current: (nowMs) => {
      const slot = nonceSlot(nowMs, lifeMs)
      if (slot !== handedOut.slot) {
        const chance = random.bytes(nonceChanceBytes)
        handedOut = { slot, nonce: makeNonce(slot, chance, keyOf(nonceEpoch(slot))) }
      }
      return handedOut.nonce
    },
    isLive: (nonce, nowMs) => isLiveNonce(nonce, nonceSlot(nowMs, lifeMs), keyOf),
  }
}

/** Keys by epoch; only those of the current one and of its neighbours are ever asked for. */
function epochKeys(secret: Uint8Array): (epoch: number) => KeyObject {
  const keys = new Map<number, KeyObject>()
  return (epoch) => {
    const known = keys.get(epoch)
    if (known !== undefined) return known
    const key = createSecretKey(deriveKey(secret, `dpop-nonce-${epoch}`))
    for (const other of keys.keys()) {
      if (Math.abs(other - epoch) > 1) keys.delete(other)
    }
    keys.set(epoch, key)
    return key
  }
}
