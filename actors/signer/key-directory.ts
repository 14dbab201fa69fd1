// The file operations that the key store is made of, one function per step, so that its crash
// safety can be tested step by step. Every failure is an OperationalError that names the file and
// the way out and holds nothing of the file's content (spec 02 §7.2).
import {
  closeSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'

export interface KeyFile {
  readonly content: Buffer
  readonly modifiedMs: number
}

export interface KeyDirectory {
  readonly path: string
  /** Creates the directory, 0700, with its parents, if it is not there. */
  create(): void
  /** Content and modification time, or null when there is no such file. */
  read(name: string): KeyFile | null
  /** Creates a file, 0600; false when the name is taken. Not durable before `syncFile`. */
  writeNew(name: string, content: Uint8Array): boolean
  setModified(name: string, modifiedMs: number): void
  syncFile(name: string): void
  /**
   * Replaces `to` if it exists; false when there is no `from`. Not durable before `syncDirectory`.
   */
  rename(from: string, to: string): boolean
  /** A file that is not there is as good as removed. */
  remove(name: string): void
  syncDirectory(): void
}

/** The directory at `path` of the machine's file system. */
export function keyDirectory(path: string): KeyDirectory {
  const fileOf = (name: string): string => join(path, name)
  return {
    path,
    create: () => attempt('create', path, () => createDirectory(path)),
    read: (name) => attempt('read', fileOf(name), () => readKeyFile(fileOf(name))),
    writeNew: (name, content) =>
      attempt('write', fileOf(name), () => writeNewFile(fileOf(name), content)),
    setModified: (name, modifiedMs) =>
      attempt('write', fileOf(name), () =>
        withOpen(fileOf(name), 'r+', (file) =>
          futimesSync(file, modifiedMs / 1000, modifiedMs / 1000),
        ),
      ),
    syncFile: (name) =>
      attempt('write', fileOf(name), () => withOpen(fileOf(name), 'r+', fsyncSync)),
    rename: (from, to) =>
      attempt('replace', fileOf(to), () => renameFile(fileOf(from), fileOf(to))),
    remove: (name) => attempt('remove', fileOf(name), () => rmSync(fileOf(name), { force: true })),
    syncDirectory: () => attempt('write', path, () => withOpen(path, 'r', fsyncSync)),
  }
}

const wayOut: Readonly<Record<string, string>> = {
  EACCES: 'give the server’s user permission',
  EPERM: 'give the server’s user permission',
  EROFS: 'mount it writable',
  ENOSPC: 'free disk space',
  EDQUOT: 'free disk space',
  ENOENT: 'check that signing.key_path names a directory on a mounted volume',
  ENOTDIR: 'signing.key_path must name a directory, not a file',
  EEXIST: 'signing.key_path must name a directory, not a file',
  EISDIR: 'a directory stands where a file belongs; move it away',
}

/** Runs `work`; a failure of the file system becomes an error that an operator can act on. */
function attempt<Result>(verb: string, path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof OperationalError) throw cause
    const code = errorCode(cause)
    const advice = wayOut[code] ?? 'check the file system'
    throw new OperationalError(`cannot ${verb} ${path} (${code}): ${advice}`, { cause })
  }
}

function errorCode(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'unknown'
}

/** A new directory whose parent is not synced may be gone after a power failure, keys and all. */
function createDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  const top = dirname(resolve(first))
  for (let parent = dirname(resolve(path)); ; parent = dirname(parent)) {
    withOpen(parent, 'r', fsyncSync)
    if (parent === top || parent === dirname(parent)) return
  }
}

function readKeyFile(path: string): KeyFile | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  try {
    const { size, mtimeMs } = fstatSync(file)
    if (size > limits.keyFileBytesMax) {
      throw new OperationalError(`${path} is too large to be a key file: restore it from a backup`)
    }
    return { content: readFileSync(file), modifiedMs: mtimeMs }
  } finally {
    closeSync(file)
  }
}

function writeNewFile(path: string, content: Uint8Array): boolean {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    for (let written = 0; written < content.byteLength; ) {
      written += writeSync(file, content, written)
    }
  } finally {
    closeSync(file)
  }
  return true
}

function renameFile(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

function withOpen(path: string, flags: 'r' | 'r+', work: (file: number) => void): void {
  const file = openSync(path, flags)
  try {
    work(file)
  } finally {
    closeSync(file)
  }
}
