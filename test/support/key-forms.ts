// A private key as it could leak: every text that gives its scalar away, and the search for them.
// The key is written as the key directory's contract says (spec 02 §7.2: `.pem`, `.kid`, `.alg`).
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One spelling of a secret. */
export interface KeyForm {
  readonly name: string
  readonly text: string
}

/** Bytes of the scalar of a P-256 key. */
const scalarBytes = 32

/**
 * Generates a P-256 key. Its scalar has no zero byte, as some readers of memory end a text there.
 */
export function generateKnownKey(): KeyObject {
  for (;;) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    if (!scalarOf(privateKey).includes(0)) return privateKey
  }
}

/** Writes `key` as the current key of a directory, which is made. */
export function writeCurrentKey(directory: string, key: KeyObject): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const pem = key.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(join(directory, 'current.kid'), 'known-key\n', { mode: 0o600 })
  writeFileSync(join(directory, 'current.alg'), 'ES256\n', { mode: 0o600 })
  writeFileSync(join(directory, 'current.pem'), pem, { mode: 0o600 })
}

/** The key in `current.pem` of a directory. */
export function readCurrentKey(directory: string): KeyObject {
  return createPrivateKey(readFileSync(join(directory, 'current.pem')))
}

/** The secret number of an EC key, big-endian. */
export function scalarOf(key: KeyObject): Buffer {
  const { d } = key.export({ format: 'jwk' })
  assert.ok(d !== undefined)
  return Buffer.from(d, 'base64url')
}

/** Every spelling of the secret half of a P-256 key that the scans can find. */
export function formsOf(key: KeyObject): readonly KeyForm[] {
  const scalar = scalarOf(key)
  assert.equal(scalar.length, scalarBytes)
  const reversed = Buffer.from(scalar).reverse()
  const hex = scalar.toString('hex')
  const forms = [
    { name: 'hex', text: hex },
    { name: 'HEX', text: hex.toUpperCase() },
    { name: 'reversed hex', text: reversed.toString('hex') },
    { name: 'decimal', text: BigInt(`0x${hex}`).toString() },
    { name: 'list of bytes', text: scalar.join(',') },
    { name: 'latin1', text: scalar.toString('latin1') },
    { name: 'reversed latin1', text: reversed.toString('latin1') },
    ...base64Forms(scalar),
    ...pemLines(key),
  ]
  // Readers of memory and of SQL end a text at a zero byte, which the key of a rotation may have.
  return forms.filter(({ text }) => !text.includes('\0'))
}

/** Base64 spells the same bytes in three ways, by where in a longer text they begin. */
function base64Forms(scalar: Buffer): readonly KeyForm[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), scalar])
    // The outer characters also hold bits of the neighbours.
    const text = whole.toString('base64').slice(shift === 0 ? 0 : shift + 1, -3)
    const urlText = text.replaceAll('+', '-').replaceAll('/', '_')
    return [
      { name: `base64, shifted by ${shift}`, text },
      { name: `base64url, shifted by ${shift}`, text: urlText },
    ]
  })
}

/** The lines that hold bits of the scalar: the third and last one of PKCS#8 is public. */
function pemLines(key: KeyObject): readonly KeyForm[] {
  return (['pkcs8', 'sec1'] as const).flatMap((type) => {
    const lines = String(key.export({ type, format: 'pem' })).split('\n')
    return [1, 2].flatMap((line) => {
      const text = lines[line] ?? ''
      // SEC 1 has all of the scalar in its first line.
      return type === 'sec1' && line === 2 ? [] : [{ name: `line ${line} of ${type}`, text }]
    })
  })
}

/** Names of the forms that `text` contains. */
export function formsIn(text: string, forms: readonly KeyForm[]): readonly string[] {
  return forms.filter((form) => text.includes(form.text)).map(({ name }) => name)
}

/** How often `bytes` occur in `memory`. */
export function countIn(memory: Buffer, bytes: Buffer): number {
  let count = 0
  for (let at = memory.indexOf(bytes); at >= 0; at = memory.indexOf(bytes, at + 1)) count += 1
  return count
}
