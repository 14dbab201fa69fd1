// Proof that a form was served by this server to the browser that sends it (spec 01 §7.2): the form
// carries a MAC of something that only this browser holds, its login nonce or its session cookie.
import type { KeyObject } from 'node:crypto'
import { constantTimeEqual } from '../base/bytes.ts'
import { hmacSha256Base64url } from '../base/hash.ts'
import type { Random } from '../base/random.ts'

export const loginNonceCookie = 'authserver_login_nonce'
export const loginNonceMaxAgeSeconds = 43_200

const noncePattern = /^([0-9a-f]{32})\|([\w-]{43})$/

/** Value of a new login nonce cookie: `<32 hex digits>|<MAC>`. */
export function newLoginNonce(random: Random, key: KeyObject): string {
  const nonce = random.hex(16)
  return `${nonce}|${hmacSha256Base64url(key, nonce)}`
}

/** Whether the value of a login nonce cookie was made by this server. */
export function isLoginNonce(cookie: string, key: KeyObject): boolean {
  const [, nonce = '', mac = ''] = noncePattern.exec(cookie) ?? []
  return constantTimeEqual(mac, hmacSha256Base64url(key, nonce))
}

/**
 * The token of a form for the browser that holds the cookie value `held`: its login nonce for the
 * sign-in form, its session cookie for every other.
 */
export function formToken(held: string, key: KeyObject): string {
  return hmacSha256Base64url(key, held)
}

/** Whether `token` came from a form that was served to the browser that holds `held`. */
export function isFormToken(
  token: string,
  { held, key }: { readonly held: string; readonly key: KeyObject },
): boolean {
  return constantTimeEqual(token, formToken(held, key))
}
