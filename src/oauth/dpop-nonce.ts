// DPoP nonces that prove themselves (RFC 9449 §8, spec 02 §6.4, decisions B8, B53): a time slot,
// some chance and a MAC over both. No row is stored, and all instances accept each other's.
import type { KeyObject } from 'node:crypto'
import { constantTimeEqual } from '../base/bytes.ts'
import { hmacSha256 } from '../base/hash.ts'
import { decodeBase64url } from './compact-jws.ts'

/** A nonce lives for this many slots. */
const slotsPerLife = 4
/** One MAC key serves this many slots: 6 hours when a nonce lives for a minute. */
const slotsPerEpoch = slotsPerLife * 360
const slotBytes = 8
/** How much chance a nonce holds. */
export const nonceChanceBytes = 8
const macBytes = 16

/** Number of the slot in which `nowMs` lies, for nonces that live `lifeMs`. */
export function nonceSlot(nowMs: number, lifeMs: number): number {
  return Math.floor((nowMs * slotsPerLife) / lifeMs)
}

/** The epoch to whose key the nonces of `slot` belong. */
export function nonceEpoch(slot: number): number {
  return Math.floor(slot / slotsPerEpoch)
}

/** The nonce of a slot with `chance` in it, under the key of the slot's epoch. */
export function makeNonce(slot: number, chance: Uint8Array, key: KeyObject): string {
  const bytes = Buffer.alloc(slotBytes + nonceChanceBytes + macBytes)
  bytes.writeBigUInt64BE(BigInt(slot), 0)
  bytes.set(chance, slotBytes)
  const mac = hmacSha256(key, bytes.subarray(0, slotBytes + nonceChanceBytes))
  bytes.set(mac.subarray(0, macBytes), slotBytes + nonceChanceBytes)
  return bytes.toString('base64url')
}

/**
 * Whether `nonce` is one of ours and alive at `slotNow`. One slot of the future counts too: the
 * clock of another instance may be ahead. `keyOf` gives the key of an epoch.
 */
export function isLiveNonce(
  nonce: string,
  slotNow: number,
  keyOf: (epoch: number) => KeyObject,
): boolean {
  if (nonce.length > nonceCharactersMax) return false
  const bytes = decodeBase64url(nonce)
  if (bytes?.byteLength !== slotBytes + nonceChanceBytes + macBytes) return false
  const slot = Number(bytes.readBigUInt64BE(0))
  if (slot < slotNow - slotsPerLife || slot > slotNow + 1) return false
  const chance = bytes.subarray(slotBytes, slotBytes + nonceChanceBytes)
  return constantTimeEqual(makeNonce(slot, chance, keyOf(nonceEpoch(slot))), nonce)
}

const nonceCharactersMax = Math.ceil(((slotBytes + nonceChanceBytes + macBytes) * 8) / 6)
