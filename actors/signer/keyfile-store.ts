// The key directory of spec 02 §7.2: six files that other tools know, three `next.*` for a prepared
// key, and a rotation that neither a crash nor a power failure can tear.
//
// Six renames are not atomic together, so one rename decides: `rotation.journal` (kids only)
// appears when `next.*` is complete and on disk. Without it `current.*` and `previous.*` count as
// they are; with it the rotation has happened, and a reader takes what has not moved yet from where
// it still lies. `settle` makes the moves: copy `current.*` over `previous.*`, sync, rename
// `next.*` to `current.*`, sync, drop the journal, sync. Both moves of a part are due exactly while
// its `next` file exists, so they can be repeated from any point, and `current.*` is never absent.
// Each file is replaced by the rename of a synced temporary; `.pem`, which says that there is a
// key, is written last and removed first.
import { OperationalError } from '../../src/base/errors.ts'
import type { SigningAlgorithm } from '../../src/records/signing-key.ts'
import type { DirectoryLock } from './directory-lock.ts'
import type { KeyDirectory } from './key-directory.ts'
import { type KeyRing, publicJwk, signingKey } from './key-ring.ts'
import {
  fingerprintOf,
  type Journal,
  journalName,
  keyFileName,
  keyFileNames,
  readJournal,
  readSnapshot,
  type Snapshot,
  viewKeys,
  wipe,
} from './keyfile-snapshot.ts'
import { generatePem, type KeyTriple, keyParts, type ParsedKey, parseTriple } from './stored-key.ts'

export interface StoredKeys {
  readonly ring: KeyRing
  /** When the current key began to sign: the modification time of its file, set at activation. */
  readonly activatedAtMs: number
  /** A rotation was decided, but not all of its files have been moved. */
  readonly isUnsettled: boolean
  /** Why `next.*` is no key. It never signed, so that is no reason to stop. */
  readonly preparedFault: string | null
}

export interface KeyfileStore {
  /**
   * All keys, or null without a current one; the same objects for as long as no file has changed.
   *
   * @throws OperationalError on anything unreadable.
   */
  load(): StoredKeys | null
  /** Replaces the prepared key by a new one, which is durable when this resolves. */
  prepare(lock: DirectoryLock, algorithm: SigningAlgorithm, kid: string): Promise<void>
  /**
   * Decides that the prepared key is current, for good when this returns; `settle` moves the files.
   * Repeating it does nothing.
   */
  activate(lock: DirectoryLock, kid: string, nowMs: number): 'activated' | 'unknown-key'
  /** Completes a rotation that was decided and removes what a crash has left behind. */
  settle(lock: DirectoryLock): void
}

/** The store in `directory`. Changes need the lock of that directory. */
export function keyfileStore(directory: KeyDirectory): KeyfileStore {
  return {
    load: loaderOf(directory),
    prepare: async (lock, algorithm, kid) => {
      const pem = await generatePem(algorithm)
      lock.assertHeld()
      settle(directory)
      writeNext(directory, { pem, kid: `${kid}\n`, alg: `${algorithm}\n` })
      pem.fill(0)
    },
    activate: (lock, kid, nowMs) => {
      lock.assertHeld()
      settle(directory)
      return activate(directory, kid, nowMs)
    },
    settle: (lock) => {
      lock.assertHeld()
      settle(directory)
    },
  }
}

/** What one state of the directory comes to. */
type Reading =
  | { readonly isFaulty: false; readonly stored: StoredKeys | null }
  | { readonly isFaulty: true; readonly fault: OperationalError }

/**
 * Parses each state of the directory once, faulty ones too: a parsed key is in memory until the
 * collector comes by, and the directory is looked at all the time. Contents are compared, because
 * times are too coarse to tell two changes of one moment apart.
 */
function loaderOf(directory: KeyDirectory): KeyfileStore['load'] {
  let last: { readonly fingerprint: string; readonly reading: Reading } | null = null
  return () => {
    const snapshot = readSnapshot(directory)
    try {
      const fingerprint = fingerprintOf(snapshot)
      if (last?.fingerprint !== fingerprint) {
        last = { fingerprint, reading: readKeys(directory, snapshot) }
      }
    } finally {
      wipe(snapshot)
    }
    const { reading } = last
    if (reading.isFaulty) throw reading.fault
    return reading.stored
  }
}

function readKeys(directory: KeyDirectory, snapshot: Snapshot): Reading {
  try {
    return { isFaulty: false, stored: parseSnapshot(directory, snapshot) }
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error
    return { isFaulty: true, fault: error }
  }
}

function parseSnapshot(directory: KeyDirectory, snapshot: Snapshot): StoredKeys | null {
  const journal = readJournal(directory, snapshot)
  const view = viewKeys(directory, snapshot, journal)
  const current = parseTriple(view.current)
  if (current === null) return null
  const previous = parseTriple(view.previous)
  if (previous?.kid === current.kid) {
    throw new OperationalError(
      `${view.previous.kid.path} and ${view.current.kid.path} name one and the same key: ` +
        'move the three previous.* files away',
    )
  }
  const { prepared, fault } = parsePrepared(view.next)
  return {
    ring: {
      current: signingKey(current.kid, current.algorithm, current.key),
      previous: previous && publicJwk(previous.kid, previous.algorithm, previous.key),
      prepared: prepared && publicJwk(prepared.kid, prepared.algorithm, prepared.key),
    },
    activatedAtMs: view.currentModifiedMs,
    isUnsettled: journal !== null,
    preparedFault: fault,
  }
}

function parsePrepared(triple: KeyTriple | null): {
  readonly prepared: ParsedKey | null
  readonly fault: string | null
} {
  try {
    return { prepared: triple && parseTriple(triple), fault: null }
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error
    return { prepared: null, fault: error.message }
  }
}

function writeNext(
  directory: KeyDirectory,
  parts: { readonly pem: Buffer; readonly kid: string; readonly alg: string },
): void {
  directory.remove('next.pem')
  directory.syncDirectory()
  replaceFile(directory, 'next.kid', Buffer.from(parts.kid))
  replaceFile(directory, 'next.alg', Buffer.from(parts.alg))
  directory.syncDirectory()
  replaceFile(directory, 'next.pem', parts.pem)
  directory.syncDirectory()
}

function activate(
  directory: KeyDirectory,
  kid: string,
  nowMs: number,
): 'activated' | 'unknown-key' {
  const kids = readKids(directory)
  if (kids.current === kid) return 'activated'
  if (kids.next !== kid) return 'unknown-key'
  directory.setModified('next.pem', nowMs)
  directory.syncFile('next.pem')
  const journal: Journal = { activate: kid, retire: kids.current }
  replaceFile(directory, journalName, Buffer.from(`${JSON.stringify(journal)}\n`))
  directory.syncDirectory()
  return 'activated'
}

/** Kids of the usable keys. Parsing proves that what becomes current can sign. */
function readKids(directory: KeyDirectory): {
  readonly current: string | null
  readonly next: string | null
} {
  const snapshot = readSnapshot(directory)
  try {
    const view = viewKeys(directory, snapshot, null)
    return {
      current: parseTriple(view.current)?.kid ?? null,
      next: parsePrepared(view.next).prepared?.kid ?? null,
    }
  } finally {
    wipe(snapshot)
  }
}

function settle(directory: KeyDirectory): void {
  const snapshot = readSnapshot(directory)
  const hasJournal = snapshot.has(journalName)
  const journal = readJournal(directory, snapshot)
  wipe(snapshot)
  if (journal !== null) move(directory, journal)
  else if (hasJournal) dropJournal(directory)
  for (const name of keyFileNames) directory.remove(`${name}.tmp`)
}

/** The moves of a decided rotation, from whatever point they have reached. */
function move(directory: KeyDirectory, journal: Journal): void {
  const due = keyParts.filter((part) => exists(directory, keyFileName('next', part)))
  if (journal.retire !== null) {
    for (const part of due) copyFile(directory, `current.${part}`, `previous.${part}`)
    // On disk before the next renames: one of those without its copy would lose the retiring key.
    directory.syncDirectory()
  }
  for (const part of due) directory.rename(`next.${part}`, `current.${part}`)
  directory.syncDirectory()
  dropJournal(directory)
}

/** Synced, so that an old journal cannot come back beside a newly prepared key. */
function dropJournal(directory: KeyDirectory): void {
  directory.remove(journalName)
  directory.syncDirectory()
}

function exists(directory: KeyDirectory, name: string): boolean {
  const file = directory.read(name)
  file?.content.fill(0)
  return file !== null
}

function copyFile(directory: KeyDirectory, source: string, target: string): void {
  const file = directory.read(source)
  if (file === null) return
  replaceFile(directory, target, file.content)
  file.content.fill(0)
}

function replaceFile(directory: KeyDirectory, name: string, content: Uint8Array): void {
  const temporary = `${name}.tmp`
  directory.remove(temporary)
  if (!directory.writeNew(temporary, content)) {
    throw new OperationalError(`somebody else writes ${directory.path}/${temporary}: try again`)
  }
  directory.syncFile(temporary)
  if (!directory.rename(temporary, name)) {
    throw new OperationalError(`${directory.path}/${temporary} has vanished: try again`)
  }
}
