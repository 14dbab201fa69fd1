// Hash functions of node:crypto in the forms that the rules need.
import { createHmac, hash, type KeyObject } from 'node:crypto'

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

function withoutPadding(base64: string): string {
  return base64.endsWith('=') ? base64.replace(/=+$/, '') : base64
}
