// Stored forms of passwords and their check (decisions B9, B50, spec 04 §1.2): Argon2id in PHC
// strings, and bcrypt hashes that came from elsewhere. Everything here takes tens of milliseconds.
import { argon2Sync, timingSafeEqual } from 'node:crypto'
import { compareSync } from 'bcryptjs'
import type { Random } from '../../src/base/random.ts'

interface Argon2Parameters {
  readonly algorithm: 'argon2id' | 'argon2i' | 'argon2d'
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

interface Argon2Hash extends Argon2Parameters {
  readonly form: 'argon2'
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

interface BcryptHash {
  readonly form: 'bcrypt'
  readonly text: string
}

export interface PasswordCheck {
  readonly isRight: boolean
  /** The hash to store from now on, when the stored one is of a weaker form than ours. */
  readonly rehash: string | null
  readonly isHashUsable: boolean
  /** Whether the check took the time of an imported form instead of ours. */
  readonly isImported: boolean
}

/** What every new hash is made with (B50). */
const ours: Argon2Parameters = { algorithm: 'argon2id', memoryKib: 19_456, passes: 2, lanes: 1 }
const saltBytes = 16
const tagBytes = 32

/** Bounds of what others chose: a check ends long before its thread would count as hung. */
const memoryKibMax = 131_072
const workKibMax = 524_288
const lanesMax = 16
const bcryptCostMin = 4
const bcryptCostMax = 14

/** Checking against nobody's hash costs what a real check costs; its tag counts as no match. */
const nobody: Argon2Hash = {
  form: 'argon2',
  ...ours,
  salt: new Uint8Array(saltBytes),
  tag: new Uint8Array(tagBytes),
}

/** The PHC string of `password` under a new salt. */
export function hashPassword(password: string, random: Random): string {
  const salt = random.bytes(saltBytes)
  const { algorithm, memoryKib, passes, lanes } = ours
  const tag = derive(password, { ...ours, salt, tagBytes })
  return (
    `$${algorithm}$v=19$m=${memoryKib},t=${passes},p=${lanes}` +
    `$${phcBase64(salt)}$${phcBase64(tag)}`
  )
}

/**
 * Whether `password` is that of `hash`; null is the hash of nobody. What cannot be read costs the
 * time of what can.
 */
export function checkPassword(
  password: string,
  hash: string | null,
  random: Random,
): PasswordCheck {
  const stored = hash === null ? null : parseStoredHash(hash)
  const isRight = stored === null ? matchesNobody(password) : matches(password, stored)
  const isOutdated = stored !== null && isWeakerThanOurs(stored)
  return {
    isRight,
    rehash: isRight && isOutdated ? hashPassword(password, random) : null,
    isHashUsable: hash === null || stored !== null,
    isImported: stored?.form === 'bcrypt',
  }
}

function matchesNobody(password: string): false {
  matches(password, nobody)
  return false
}

function matches(password: string, stored: Argon2Hash | BcryptHash): boolean {
  if (stored.form === 'bcrypt') return compareSync(password, stored.text)
  const { tag, ...parameters } = stored
  return timingSafeEqual(derive(password, { ...parameters, tagBytes: tag.length }), tag)
}

function derive(
  password: string,
  options: Argon2Parameters & { readonly salt: Uint8Array; readonly tagBytes: number },
): Uint8Array {
  return argon2Sync(options.algorithm, {
    message: password,
    nonce: options.salt,
    parallelism: options.lanes,
    tagLength: options.tagBytes,
    memory: options.memoryKib,
    passes: options.passes,
  })
}

const argon2Start = /^\$(argon2id|argon2i|argon2d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$/
const argon2End = /\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/
const bcryptPattern = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** The stored form of a password, or null when it is none that is checked here. */
function parseStoredHash(text: string): Argon2Hash | BcryptHash | null {
  const cost = Number(bcryptPattern.exec(text)?.[1] ?? Number.NaN)
  if (cost >= bcryptCostMin && cost <= bcryptCostMax) return { form: 'bcrypt', text }
  const [start = '', algorithm, memory, passes, lanes] = argon2Start.exec(text) ?? []
  const [end, salt = '', tag = ''] = argon2End.exec(text) ?? []
  // The dollar between them belongs to both.
  if (end === undefined || start.length + end.length !== text.length + 1) return null
  const hash: Argon2Hash = {
    form: 'argon2',
    algorithm: algorithm as Argon2Parameters['algorithm'], // the pattern has just these three
    memoryKib: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
  return isWithinBounds(hash) ? hash : null
}

function isWithinBounds({ memoryKib, passes, lanes, salt, tag }: Argon2Hash): boolean {
  return (
    lanes >= 1 &&
    lanes <= lanesMax &&
    passes >= 1 &&
    memoryKib >= 8 * lanes &&
    memoryKib <= memoryKibMax &&
    memoryKib * passes <= workKibMax &&
    salt.length >= 8 &&
    tag.length >= 12
  )
}

function isWeakerThanOurs(stored: Argon2Hash | BcryptHash): boolean {
  if (stored.form === 'bcrypt' || stored.algorithm !== ours.algorithm) return true
  const isCheaper = stored.memoryKib * stored.passes < ours.memoryKib * ours.passes
  return isCheaper || stored.salt.length < saltBytes || stored.tag.length < tagBytes
}

/** The base64 of PHC strings: standard alphabet, no padding. */
function phcBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
