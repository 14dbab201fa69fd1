// Rotation of the signing key in two steps, so that a key is published before its first signature
// (spec 02 §7.5, §12.5; B52). The lock of the directory is held from `prepareKey` to `activateKey`,
// or for `limits.rotationHoldMs` when the second step does not come.
import { assert } from '../../src/base/assert.ts'
import { type Cancel, type Clock, delay } from '../../src/base/clock.ts'
import { OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import type { Random } from '../../src/base/random.ts'
import type { Log } from '../../src/base/telemetry.ts'
import type { SigningAlgorithm } from '../../src/records/signing-key.ts'
import { type DirectoryLock, takeDirectoryLock } from './directory-lock.ts'
import type { KeyDirectory } from './key-directory.ts'
import type { KeyfileStore, StoredKeys } from './keyfile-store.ts'

export interface RotationDeps {
  readonly directory: KeyDirectory
  readonly store: KeyfileStore
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** A second rotation sooner than this needs force. */
  readonly gapMs: number
}

export interface Rotation {
  /** Stores a new prepared key, or keeps the one of the rotation that this signer has under way. */
  prepare(request: {
    readonly algorithm: SigningAlgorithm
    readonly force: boolean
  }): Promise<'prepared' | 'rotation-under-way' | 'rotated-too-recently'>
  /** @throws OperationalError when another process has a rotation under way. */
  activate(kid: string): 'activated' | 'unknown-key'
  /** Ends a rotation under way; the prepared key stays in the directory. */
  abandon(): void
}

/** The rotations of one signer. */
export function rotationOf(deps: RotationDeps): Rotation {
  let held: { readonly lock: DirectoryLock; readonly cancel: Cancel } | null = null

  function takeLock(): DirectoryLock | null {
    if (held !== null) return held.lock
    const lock = takeDirectoryLock(deps.directory, deps)
    if (lock === null) return null
    held = { lock, cancel: deps.clock.after(limits.rotationHoldMs, abandon) }
    return lock
  }

  function abandon(): void {
    const ending = held
    held = null
    ending?.cancel()
    if (ending !== null) releaseLock(deps, ending.lock)
  }

  return {
    prepare: async ({ algorithm, force }) => {
      const isRepeated = held !== null
      const lock = takeLock()
      if (lock === null) return 'rotation-under-way'
      try {
        const stored = requireKeys(deps.store.load(), deps.directory.path)
        if (!force && isTooRecent(stored, deps)) {
          abandon()
          return 'rotated-too-recently'
        }
        // Two rotations asked for at once become one. A key that lay about from an earlier,
        // abandoned one is replaced instead, and so is any key when force says that the directory
        // was read.
        const reusable = isRepeated && !force && stored.ring.prepared?.alg === algorithm
        if (!reusable) await deps.store.prepare(lock, algorithm, deps.random.opaqueId())
        return 'prepared'
      } catch (error) {
        abandon()
        throw error
      }
    },
    activate: (kid) => {
      const lock = takeLock()
      if (lock === null) {
        throw new OperationalError(`another process is rotating the keys in ${deps.directory.path}`)
      }
      try {
        const outcome = deps.store.activate(lock, kid, deps.clock.nowMs())
        if (outcome === 'activated') settleNow(deps, lock)
        return outcome
      } finally {
        abandon()
      }
    },
    abandon,
  }
}

/** The keys, or an error: a running signer never invents a first key. */
export function requireKeys(stored: StoredKeys | null, path: string): StoredKeys {
  if (stored !== null) return stored
  throw new OperationalError(`${path} holds no current.pem: restore the directory from a backup`)
}

/**
 * Loads the keys at start, generating the first one. Several processes may do so at once on one
 * directory: one generates, the others wait for it, at most `limits.firstKeyWaitMs`.
 */
export async function openKeys(
  deps: RotationDeps,
  algorithm: SigningAlgorithm,
): Promise<StoredKeys> {
  deps.directory.create()
  const untilMs = deps.clock.monotonicMs() + limits.firstKeyWaitMs
  for (;;) {
    const stored = deps.store.load()
    if (stored !== null) {
      if (stored.isUnsettled) settleAtStart(deps)
      return stored
    }
    const lock = takeDirectoryLock(deps.directory, deps)
    if (lock !== null) await generateFirst(deps, lock, algorithm)
    else if (deps.clock.monotonicMs() > untilMs) {
      throw new OperationalError(
        `${deps.directory.path} holds no key and another process keeps its lock: ` +
          'if none is starting there, remove rotation.lock',
      )
    } else await delay(deps.clock, limits.firstKeyRetryMs)
  }
}

async function generateFirst(
  deps: RotationDeps,
  lock: DirectoryLock,
  algorithm: SigningAlgorithm,
): Promise<void> {
  try {
    // Whoever held the lock before may have been generating it.
    if (deps.store.load() !== null) return
    const kid = deps.random.opaqueId()
    await deps.store.prepare(lock, algorithm, kid)
    const outcome = deps.store.activate(lock, kid, deps.clock.nowMs())
    assert(outcome === 'activated', 'a key that was just prepared can be activated')
    settleNow(deps, lock)
    deps.log.info('signing key generated', { kid, alg: algorithm })
  } finally {
    releaseLock(deps, lock)
  }
}

/**
 * Moves the files of a rotation that a crash has interrupted, for the tools that read only those.
 */
function settleAtStart(deps: RotationDeps): void {
  try {
    const lock = takeDirectoryLock(deps.directory, deps)
    if (lock === null) return
    settleNow(deps, lock)
    releaseLock(deps, lock)
  } catch (error) {
    warnUnsettled(deps, error)
  }
}

/** The rotation is decided already, so that failing to move its files is no reason to fail it. */
function settleNow(deps: RotationDeps, lock: DirectoryLock): void {
  try {
    deps.store.settle(lock)
  } catch (error) {
    warnUnsettled(deps, error)
  }
}

/** A lock that cannot be given back grows stale; what was done under it stands. */
function releaseLock(deps: RotationDeps, lock: DirectoryLock): void {
  try {
    lock.release()
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error
    deps.log.warn('lock of the key directory not released', { error: error.message })
  }
}

function warnUnsettled(deps: RotationDeps, error: unknown): void {
  if (!(error instanceof OperationalError)) throw error
  deps.log.warn('files of a key rotation not moved yet', { error: error.message })
}

/**
 * A rotation drops the previous key, whose last tokens are as old as the current key. Without a
 * previous key nothing is dropped. A clock that was set back makes the age negative: too recent.
 */
function isTooRecent(stored: StoredKeys, deps: RotationDeps): boolean {
  if (stored.ring.previous === null) return false
  return deps.clock.nowMs() - stored.activatedAtMs < deps.gapMs
}
