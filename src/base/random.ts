// The one place that draws random bytes. Everything else receives a `Random`.
import { randomFillSync } from 'node:crypto'
import { assert } from './assert.ts'

export interface Random {
  /** `count` bytes nobody else has seen. */
  bytes(count: number): Uint8Array
  /** `count` random bytes in lower-case hex. */
  hex(count: number): string
  /** Id of a row that is not a secret: 16 random bytes, 22 characters of base64url. */
  opaqueId(): string
  /** A bearer secret (client secret, code, refresh token): 32 random bytes, 43 characters. */
  secret(): string
  /**
   * UUIDv7 (RFC 9562 §5.7) of `nowMs`: ids drawn one after another sort in that order, so that an
   * index on them grows at its right edge.
   */
  uuidV7(nowMs: number): string
}

const poolBytes = 8192
const hex = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))

/**
 * Random bytes of the operating system, drawn in pools: one `randomFill` serves hundreds of ids.
 */
export function systemRandom(): Random {
  return randomFrom(randomFillSync)
}

/** Draws from what `fill` writes into the pool: the simulator gives bytes that a seed decides. */
export function randomFrom(fill: (pool: Buffer) => void): Random {
  const pool = Buffer.alloc(poolBytes)
  let used = poolBytes
  let lastMs = 0
  let counter = 0

  function take(count: number): Buffer {
    assert(count <= poolBytes, 'no more bytes at once than the pool holds')
    if (used + count > poolBytes) {
      fill(pool)
      used = 0
    }
    used += count
    return pool.subarray(used - count, used)
  }

  /**
   * Time and the 12-bit counter of RFC 9562 §6.2 method 1; a full counter borrows from the future.
   */
  function tick(nowMs: number): void {
    if (nowMs > lastMs) {
      lastMs = nowMs
      counter = take(1)[0] as number // starts in the lower 256 of 4,096: room for the same ms
    } else if (++counter > 0xfff) {
      lastMs += 1
      counter = 0
    }
  }

  return {
    bytes: (count) => Uint8Array.from(take(count)),
    hex: (count) => take(count).toString('hex'),
    opaqueId: () => take(16).toString('base64url'),
    secret: () => take(32).toString('base64url'),
    uuidV7: (nowMs) => {
      tick(nowMs)
      return formatUuidV7(lastMs, counter, take(8))
    },
  }
}

function formatUuidV7(ms: number, counter: number, tail: Buffer): string {
  const high = Math.floor(ms / 0x10000)
  const low = ms % 0x10000
  const at = (index: number): string => hex[tail[index] as number] as string
  const variant = hex[((tail[0] as number) & 0x3f) | 0x80] as string
  return (
    high.toString(16).padStart(8, '0') +
    `-${low.toString(16).padStart(4, '0')}-7${counter.toString(16).padStart(3, '0')}` +
    `-${variant}${at(1)}-${at(2)}${at(3)}${at(4)}${at(5)}${at(6)}${at(7)}`
  )
}
