// A file system of a few megabytes in memory, which can be filled up or be made read-only. Mounting
// needs root; tests that cannot have one say so.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  readonly path: string
  /** Writes until nothing more fits. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
  makeReadOnly(): void
  remove(): void
}

/** Why there are no small disks here, or false: for the `skip` of a test. */
export const noSmallDisk: string | false = canMount() ? false : 'mounting a tmpfs needs root'

/** Mounts an empty disk. */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'authserver-disk-'))
  mount(['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => fillUp(ballast),
    free: () => rmSync(ballast),
    makeReadOnly: () => mount(['-o', 'remount,ro', path]),
    remove: () => {
      spawnSync('umount', ['-l', path])
      rmdirSync(path)
    },
  }
}

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    mountSmallDisk(1).remove()
    return true
  } catch {
    return false
  }
}

function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}

function fillUp(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const bytes of [64 * 1024, 4096, 1]) writeUntilFull(file, Buffer.alloc(bytes))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    for (;;) writeSync(file, chunk)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
