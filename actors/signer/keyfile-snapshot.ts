// One consistent reading of the key directory (spec 02 §7.2), made without a lock and without
// writing: another process may rotate meanwhile, a crashed one may have left a rotation half moved,
// and the directory may be mounted read-only. keyfile-store.ts explains the journal.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import type { KeyDirectory, KeyFile } from './key-directory.ts'
import { type KeyPart, type KeyTriple, keyParts, type PartFile } from './stored-key.ts'

export type KeyRole = 'current' | 'previous' | 'next'

export const journalName = 'rotation.journal'

/**
 * A rotation that has been decided. `retire` is the kid that becomes previous, null if none does.
 */
export interface Journal {
  readonly activate: string
  readonly retire: string | null
}

/** All files of the directory that count, by name. Holds key text: wipe it after use. */
export type Snapshot = ReadonlyMap<string, KeyFile>

/** The three keys as they are once a decided rotation counts as done. */
export interface KeyView {
  readonly current: KeyTriple
  readonly previous: KeyTriple
  readonly next: KeyTriple | null
  readonly currentModifiedMs: number
}

const roles: readonly KeyRole[] = ['current', 'previous', 'next']
/** Names of everything that the store itself writes. */
export const keyFileNames: readonly string[] = [
  journalName,
  ...roles.flatMap((role) => keyParts.map((part) => keyFileName(role, part))),
]

/** Name of one file of a key: `current.pem` and so on. */
export function keyFileName(role: KeyRole, part: KeyPart): string {
  return `${role}.${part}`
}

/**
 * Reads until two readings in a row agree: then nothing was moved between them, since every step of
 * a rotation changes a file for good.
 *
 * @throws OperationalError when a file cannot be read, or the directory never comes to rest.
 */
export function readSnapshot(directory: KeyDirectory): Snapshot {
  let before = readAll(directory)
  for (let reading = 1; reading < limits.keyReadsMax; reading += 1) {
    const after = readAll(directory)
    const isStable = isSame(before, after)
    wipe(before)
    if (isStable) return after
    before = after
  }
  wipe(before)
  throw new OperationalError(`${directory.path} changes all the time: stop what writes it`)
}

/**
 * A digest of all names, contents and times: equal for equal readings, and silent about the keys.
 */
export function fingerprintOf(snapshot: Snapshot): string {
  const digest = createHash('sha256')
  for (const [fileName, { content, modifiedMs }] of snapshot) {
    digest.update(`${fileName} ${modifiedMs} ${content.byteLength}\n`).update(content)
  }
  return digest.digest('base64url')
}

/** Overwrites the key text of a snapshot; it must not wait for the garbage collector. */
export function wipe(snapshot: Snapshot): void {
  for (const { content } of snapshot.values()) content.fill(0)
}

/**
 * The journal, if it speaks of the keys that are there; one of an earlier rotation says nothing.
 */
export function readJournal(directory: KeyDirectory, snapshot: Snapshot): Journal | null {
  const file = snapshot.get(journalName)
  if (file === undefined) return null
  const journal = parseJournal(join(directory.path, journalName), file)
  const moving = snapshot.get('next.kid') ?? snapshot.get('current.kid')
  return moving?.content.toString('utf8').trim() === journal.activate ? journal : null
}

/** Where each key is read from. Both moves of a part are still due while its `next` file exists. */
export function viewKeys(
  directory: KeyDirectory,
  snapshot: Snapshot,
  journal: Journal | null,
): KeyView {
  const isDue = (part: KeyPart): boolean =>
    journal !== null && snapshot.has(keyFileName('next', part))
  const isRetiring = (part: KeyPart): boolean => isDue(part) && journal?.retire !== null
  const triple = (roleOf: (part: KeyPart) => KeyRole): KeyTriple => {
    const file = (part: KeyPart): PartFile => {
      const name = keyFileName(roleOf(part), part)
      return { path: join(directory.path, name), content: snapshot.get(name)?.content ?? null }
    }
    return { pem: file('pem'), kid: file('kid'), alg: file('alg') }
  }
  const currentPem = keyFileName(isDue('pem') ? 'next' : 'current', 'pem')
  return {
    current: triple((part) => (isDue(part) ? 'next' : 'current')),
    previous: triple((part) => (isRetiring(part) ? 'current' : 'previous')),
    next: journal === null ? triple(() => 'next') : null,
    currentModifiedMs: snapshot.get(currentPem)?.modifiedMs ?? 0,
  }
}

function readAll(directory: KeyDirectory): Snapshot {
  const snapshot = new Map<string, KeyFile>()
  for (const fileName of keyFileNames) {
    const file = directory.read(fileName)
    if (file !== null) snapshot.set(fileName, file)
  }
  return snapshot
}

function isSame(left: Snapshot, right: Snapshot): boolean {
  if (left.size !== right.size) return false
  for (const [fileName, { content, modifiedMs }] of left) {
    const other = right.get(fileName)
    if (other === undefined || other.modifiedMs !== modifiedMs) return false
    if (!other.content.equals(content)) return false
  }
  return true
}

function parseJournal(path: string, file: KeyFile): Journal {
  const damaged = `${path} is damaged: restore the whole directory from a backup`
  let value: Partial<Record<keyof Journal, unknown>> | null
  try {
    value = JSON.parse(file.content.toString('utf8'))
  } catch (cause) {
    throw new OperationalError(damaged, { cause })
  }
  const activate = value?.activate
  const retire = value?.retire
  if (typeof activate !== 'string' || (retire !== null && typeof retire !== 'string')) {
    throw new OperationalError(damaged)
  }
  return { activate, retire }
}
