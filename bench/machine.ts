// What a result was measured on: hardware, kernel, disk, runtime and the state of the source. Part
// of every stored result, because figures of two machines must never be compared by accident.
import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { median } from './statistics.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly kernel: string
  /** Median time of a 4 KB write with fdatasync, where the databases of the benchmarks live. */
  readonly fdatasyncMicros: number
  readonly node: string
  readonly openssl: string
  readonly commit: string
  /** Whether the tree held changes that `commit` does not. */
  readonly isTreeChanged: boolean
}

const blockBytes = 4096
const syncs = 300

/** Describes this machine; takes some 50 ms for the disk. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: release(),
    fdatasyncMicros: measureFdatasync(),
    node: process.versions.node,
    openssl: process.versions.openssl,
    commit: git('rev-parse', '--short=12', 'HEAD'),
    isTreeChanged: git('status', '--porcelain') !== '',
  }
}

/** Appends blocks as a write-ahead log does. */
function measureFdatasync(): number {
  const directory = mkdtempSync(join(tmpdir(), 'bench-disk-'))
  const file = openSync(join(directory, 'blocks'), 'w')
  const block = Buffer.alloc(blockBytes, 1)
  try {
    const micros = Array.from({ length: syncs }, () => {
      writeSync(file, block)
      const startedMs = performance.now()
      fdatasyncSync(file)
      return (performance.now() - startedMs) * 1000
    })
    return Math.round(median(micros))
  } finally {
    closeSync(file)
    rmSync(directory, { recursive: true })
  }
}

function git(...args: readonly string[]): string {
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const
    return execFileSync('git', args, options).trim()
  } catch {
    return 'unknown'
  }
}
