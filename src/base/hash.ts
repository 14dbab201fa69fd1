// Hash functions of node:crypto in the forms that the rules need.
import { createHmac, hash, hkdfSync, type KeyObject } from 'node:crypto'

/** SHA-256 of `text` (UTF-8) in base64url. */
export function sha256Base64url(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** SHA-256 of `text` (UTF-8) in base64, standard alphabet, no padding (stored client secrets). */
export function sha256Base64(text: string): string {
  return withoutPadding(hash('sha256', text, 'base64'))
}

/** HMAC-SHA256 of `text` (UTF-8) under `key` in base64, standard alphabet, no padding. */
export function hmacSha256Base64(key: KeyObject, text: string): string {
  return withoutPadding(createHmac('sha256', key).update(text).digest('base64'))
}

/** A key of 32 bytes for one purpose, from a secret of any length (HKDF-SHA256, RFC 5869). */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'authserver', purpose, 32))
}

/** HMAC-SHA256 of `text` (UTF-8) under `key` in base64url. */
export function hmacSha256Base64url(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** HMAC-SHA256 of bytes under `key`. */
export function hmacSha256(key: KeyObject, message: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(message).digest()
}

function withoutPadding(base64: string): string {
  return base64.endsWith('=') ? base64.replace(/=+$/, '') : base64
}
