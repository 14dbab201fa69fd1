// What takes the database of a running server away, and gives it back: a full disk, files that
// nobody may write to, a limit on what the process may write. None of them needs a fault inside the
// server. Two need root, and say so.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountSmallDisk, noSmallDisk } from '../e2e/small-disk.ts'
import type { RunningServer } from './start-server.ts'

/** Where a server lives that can suffer an outage. */
export interface OutagePlace {
  readonly directory: string
  begin(server: RunningServer): void
  end(server: RunningServer): void
  remove(): void
}

export interface OutageKind {
  readonly name: string
  /** Why it cannot happen here, or false. */
  readonly skip: string | false
  /** Whether small commits may still find room. */
  readonly isPartial: boolean
  prepare(): OutagePlace
}

export const outageKinds: readonly OutageKind[] = [
  { name: 'whose disk is full', skip: noSmallDisk, isPartial: true, prepare: fullDisk },
  {
    name: 'whose files are read-only',
    skip: whyNotImmutable(),
    isPartial: false,
    prepare: readOnlyFiles,
  },
  {
    name: 'whose writes the system refuses',
    skip: whyNoLimit(),
    isPartial: false,
    prepare: refusedWrites,
  },
]

function fullDisk(): OutagePlace {
  const disk = mountSmallDisk(24)
  return { directory: disk.path, begin: disk.fill, end: disk.free, remove: disk.remove }
}

/** The attribute binds root and files that are open already, other than their mode. */
function readOnlyFiles(): OutagePlace {
  const set = (flag: string, { dataDirectory }: RunningServer): void => {
    const path = join(dataDirectory, 'authserver.db')
    execFileSync('chattr', [flag, path, `${path}-wal`], { stdio: 'pipe' })
  }
  return {
    ...ownDirectory(),
    begin: (server) => set('+i', server),
    end: (server) => set('-i', server),
  }
}

/** Node ignores the signal that comes with it, so that writes fail like those of a broken disk. */
function refusedWrites(): OutagePlace {
  const set = (bytes: string, { pid }: RunningServer): void => {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { stdio: 'pipe' })
  }
  return {
    ...ownDirectory(),
    begin: (server) => set('0', server),
    end: (server) => set('unlimited', server),
  }
}

function ownDirectory(): Pick<OutagePlace, 'directory' | 'remove'> {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-outage-'))
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

function whyNotImmutable(): string | false {
  const { directory, remove } = ownDirectory()
  try {
    const path = join(directory, 'file')
    writeFileSync(path, '')
    const isSet = spawnSync('chattr', ['+i', path]).status === 0
    if (isSet) spawnSync('chattr', ['-i', path])
    return isSet ? false : 'making files immutable needs root and a file system that can'
  } finally {
    remove()
  }
}

function whyNoLimit(): string | false {
  return spawnSync('prlimit', ['--version']).status === 0 ? false : 'there is no prlimit here'
}
