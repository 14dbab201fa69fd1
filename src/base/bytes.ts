// Encodings and comparisons of byte strings. "base64url" is always without padding.
import { timingSafeEqual } from 'node:crypto'

const utf8 = new TextEncoder()

/** UTF-8 bytes of `text`. */
export function utf8Bytes(text: string): Uint8Array {
  return utf8.encode(text)
}

/** base64url of bytes, or of the UTF-8 form of a string. */
export function base64url(value: Uint8Array | string): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('base64url')
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64url')
}

/** Whether two strings are equal; takes the same time wherever two strings of one length differ. */
export function constantTimeEqual(left: string, right: string): boolean {
  const leftBytes = utf8.encode(left)
  const rightBytes = utf8.encode(right)
  return leftBytes.byteLength === rightBytes.byteLength && timingSafeEqual(leftBytes, rightBytes)
}
