// Stored forms of client secrets and their check (spec 01 §5.2, decision B9). Secrets that the
// server generates hold 256 random bits: one SHA-256 protects them as well as a password hash
// would.
import type { KeyObject } from 'node:crypto'
import { constantTimeEqual } from '../base/bytes.ts'
import { hmacSha256Base64, sha256Base64 } from '../base/hash.ts'

const keyedPrefix = 'hs256$'
const plainPrefix = 's256$'

/** What to store of a generated secret: keyed when a pepper is configured, else plain SHA-256. */
export function hashClientSecret(secret: string, pepper: KeyObject | null): string {
  return pepper === null
    ? plainPrefix + sha256Base64(secret)
    : keyedPrefix + hmacSha256Base64(pepper, secret)
}

/** Whether `stored` is a password hash (Argon2id, imported bcrypt): for the pool, not for here. */
export function isSlowHash(stored: string): boolean {
  return stored.startsWith('$')
}

/**
 * Whether `presented` is the secret of `stored`. A keyed hash without a pepper, an empty hash and
 * an unknown form never match. Takes the same time for a match and a mismatch.
 */
export function matchesClientSecret(
  presented: string,
  stored: string,
  pepper: KeyObject | null,
): boolean {
  if (stored.startsWith(keyedPrefix) && pepper !== null) {
    return constantTimeEqual(keyedPrefix + hmacSha256Base64(pepper, presented), stored)
  }
  return constantTimeEqual(plainPrefix + sha256Base64(presented), stored)
}
