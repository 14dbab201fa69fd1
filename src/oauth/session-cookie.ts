// The cookie of a signed-in browser (spec 01 §7.1): user, session and expiry under a MAC. The
// server stores no session; what it stores is which sessions are over.
import type { KeyObject } from 'node:crypto'
import { constantTimeEqual } from '../base/bytes.ts'
import { hmacSha256Base64url } from '../base/hash.ts'
import type { Random } from '../base/random.ts'

export interface BrowserSession {
  /** UUIDv7, so that the beginning of the session can be read off it. */
  readonly id: string
  readonly userId: string
  readonly beganAtMs: number
  /** A whole second, as in the cookie. */
  readonly expiresAtMs: number
}

/** A session of `userId` that begins at `nowMs`. */
export function beginSession(
  userId: string,
  { nowMs, maxAgeSeconds, random }: SessionBeginning,
): BrowserSession {
  const id = random.uuidV7(nowMs)
  return {
    id,
    userId,
    beganAtMs: beginningOf(id),
    expiresAtMs: (Math.floor(nowMs / 1000) + maxAgeSeconds) * 1000,
  }
}

interface SessionBeginning {
  readonly nowMs: number
  readonly maxAgeSeconds: number
  readonly random: Random
}

/** The cookie's value: `<user id>|<session id>|<expiry in Unix seconds>|<MAC of the three>`. */
export function sealSession({ userId, id, expiresAtMs }: BrowserSession, key: KeyObject): string {
  const fields = `${userId}|${id}|${expiresAtMs / 1000}`
  return `${fields}|${hmacSha256Base64url(key, fields)}`
}

const cookiePattern = /^([\w-]{1,64})\|([0-9a-f-]{36})\|(\d{1,12})\|([\w-]{43})$/

/** The session of a cookie that this server made and that has not expired, or null. */
export function openSession(
  cookie: string,
  { key, nowMs }: { readonly key: KeyObject; readonly nowMs: number },
): BrowserSession | null {
  const [, userId = '', id = '', expiry = '', mac = ''] = cookiePattern.exec(cookie) ?? []
  if (!constantTimeEqual(mac, hmacSha256Base64url(key, `${userId}|${id}|${expiry}`))) return null
  const expiresAtMs = Number(expiry) * 1000
  return expiresAtMs > nowMs ? { id, userId, beganAtMs: beginningOf(id), expiresAtMs } : null
}

/** Unix milliseconds in the first 48 bits of a UUIDv7 (RFC 9562 §5.7). */
function beginningOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
