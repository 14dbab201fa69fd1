// The exclusive right to change a key directory (B52): a file that names its holder, a thread. It
// outlives no dead thread: whoever finds the lock of one that has ended, alone or with its process,
// or a lock that is older than any rotation may take, moves it away. Readers need no lock.
import type { Clock } from '../../src/base/clock.ts'
import { OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import type { Random } from '../../src/base/random.ts'
import type { KeyDirectory, KeyFile } from './key-directory.ts'
import { hasEnded, ownIdentity, type ThreadIdentity } from './thread-identity.ts'

const lockName = 'rotation.lock'

export interface DirectoryLock {
  /** @throws OperationalError when another process has taken the lock over. */
  assertHeld(): void
  /** Gives the lock back; calling it again, or after it was taken over, does nothing. */
  release(): void
}

/** What the lock file holds. The token tells apart several signers of one thread. */
interface Holder extends ThreadIdentity {
  readonly token: string
  readonly takenAtMs: number
}

export interface LockDeps {
  readonly clock: Clock
  readonly random: Random
}

/** Takes the lock of `directory`, or null when somebody else holds it. Never waits. */
export function takeDirectoryLock(directory: KeyDirectory, deps: LockDeps): DirectoryLock | null {
  const nowMs = deps.clock.nowMs()
  const token = deps.random.opaqueId()
  const holder: Holder = { ...ownIdentity(), token, takenAtMs: nowMs }
  const content = Buffer.from(`${JSON.stringify(holder)}\n`)
  if (!directory.writeNew(lockName, content)) {
    if (!removeAbandoned(directory, token, nowMs)) return null
    if (!directory.writeNew(lockName, content)) return null
  }
  return heldLock(directory, token)
}

function heldLock(directory: KeyDirectory, token: string): DirectoryLock {
  const isHeld = (): boolean => {
    const file = directory.read(lockName)
    return file !== null && parseHolder(file)?.token === token
  }
  return {
    assertHeld: () => {
      if (!isHeld()) {
        throw new OperationalError(
          `another process has taken over the lock of ${directory.path}: repeat the rotation`,
        )
      }
    },
    release: () => {
      if (isHeld()) directory.remove(lockName)
    },
  }
}

/**
 * Moves an abandoned lock away; false when the lock is alive. Two processes may find the same
 * abandoned lock, and the slower one would move the lock that the faster one has just taken. So it
 * looks at what it moved and puts a living lock back; holders ask `assertHeld` before they commit.
 */
function removeAbandoned(directory: KeyDirectory, token: string, nowMs: number): boolean {
  const found = directory.read(lockName)
  if (found === null) return true
  if (!isAbandoned(found, nowMs)) return false
  const aside = `${lockName}.${token}`
  if (!directory.rename(lockName, aside)) return false
  if (directory.read(aside)?.content.equals(found.content) !== true) {
    directory.rename(aside, lockName)
    return false
  }
  directory.remove(aside)
  return true
}

function isAbandoned(file: KeyFile, nowMs: number): boolean {
  const holder = parseHolder(file)
  const takenAtMs = holder?.takenAtMs ?? file.modifiedMs
  // The distance and not the age: a clock that was set back must not make a lock eternal.
  if (Math.abs(nowMs - takenAtMs) > limits.rotationLockStaleMs) return true
  // A lock without a readable holder is being written at this moment, or was when its writer died.
  return holder !== null && hasEnded(holder)
}

function parseHolder(file: KeyFile): Holder | null {
  try {
    const holder: unknown = JSON.parse(file.content.toString('utf8'))
    return isHolder(holder) ? holder : null
  } catch {
    return null // Half written: says nothing about its holder.
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, tid, startedAt, machine, token, takenAtMs } = value as Record<keyof Holder, unknown>
  const isTextOrNull = (member: unknown): boolean => member === null || typeof member === 'string'
  return (
    Number.isSafeInteger(pid) &&
    (tid === null || Number.isSafeInteger(tid)) &&
    isTextOrNull(startedAt) &&
    isTextOrNull(machine) &&
    typeof token === 'string' &&
    typeof takenAtMs === 'number'
  )
}
