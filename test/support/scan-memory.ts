// Looks for private scalars in the memory of a process, in every form that programs keep one: raw
// and reversed bytes (OpenSSL's order on this machine), hex, base64 and base64url, also within a
// PEM text.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

type ScalarForm = 'raw' | 'reversed' | 'hex' | 'HEX' | 'base64' | 'base64url' | 'utf16'

const pieceBytes = 4 * 1024 * 1024
const pageBytes = 4096

/** The forms of `scalar` as they lie in memory. */
function formsOf(scalar: Buffer): Readonly<Record<ScalarForm, Buffer>> {
  const hex = scalar.toString('hex')
  return {
    raw: scalar,
    reversed: Buffer.from(scalar).reverse(),
    hex: Buffer.from(hex, 'latin1'),
    HEX: Buffer.from(hex.toUpperCase(), 'latin1'),
    base64: Buffer.from(unbroken(scalar.toString('base64')), 'latin1'),
    base64url: Buffer.from(unbroken(scalar.toString('base64url')), 'latin1'),
    utf16: Buffer.from(unbroken(scalar.toString('base64')), 'utf16le'),
  }
}

/**
 * The part of a scalar's base64 that a line of a PEM file holds unbroken: its lines end after 64
 * characters, 16 of them of the scalar. What its last character is depends on the byte after it.
 */
function unbroken(base64: string): string {
  return base64.slice(16, 42)
}

/** The private scalar of a P-256 key in PKCS#8 PEM form. */
export function scalarOf(pem: string): Buffer {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  // RFC 5915: ECPrivateKey begins with version 1 and an octet string of 32 bytes.
  const at = der.indexOf(Buffer.from('0201010420', 'hex'))
  if (at < 0) throw new Error('this is no P-256 key')
  return der.subarray(at + 5, at + 37)
}

/**
 * How often any form of `scalars` lies in the readable memory of process `pid`; and how much was
 * read. @throws Error when the system does not let this process look.
 */
export function scanMemory(
  pid: number,
  scalars: readonly Buffer[],
): { readonly hits: number; readonly forms: readonly string[]; readonly bytes: number } {
  const forms = scalars.flatMap((scalar) => Object.entries(formsOf(scalar)))
  const overlap = Math.max(...forms.map(([, bytes]) => bytes.length)) - 1
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const piece = Buffer.alloc(pieceBytes)
  const found: string[] = []
  let read = 0
  try {
    for (const [from, to] of readableRanges(pid)) {
      for (let at = from; at < to; ) {
        const length = Math.min(pieceBytes, to - at)
        const bytes = readAt(memory, piece.subarray(0, length), at)
        read += bytes.length
        // A short read ends before a page that cannot be read; what begins in the overlap of a full
        // one is found by the next.
        const isLast = bytes.length < length || at + length === to
        const end = isLast ? bytes.length : bytes.length - overlap
        for (const [form, wanted] of forms) {
          for (let hit = bytes.indexOf(wanted); hit >= 0; hit = bytes.indexOf(wanted, hit + 1)) {
            if (hit < end) found.push(form)
          }
        }
        at += bytes.length < length ? bytes.length + pageBytes : isLast ? length : end
      }
    }
  } finally {
    closeSync(memory)
  }
  return { hits: found.length, forms: [...new Set(found)], bytes: read }
}

function readableRanges(pid: number): readonly (readonly [number, number])[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const range = /^([0-9a-f]+)-([0-9a-f]+) r.*$/.exec(line)
      // Device memory of the kernel itself cannot be read this way.
      if (range === null || /\[v(?:var|syscall|var_vclock)\]$/.test(line)) return []
      return [[Number.parseInt(range[1] ?? '', 16), Number.parseInt(range[2] ?? '', 16)] as const]
    })
}

/** A range that was unmapped since it was listed reads as nothing. */
function readAt(memory: number, into: Buffer, position: number): Buffer {
  try {
    return into.subarray(0, readSync(memory, into, 0, into.length, position))
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'EIO') return Buffer.of()
    throw error
  }
}
