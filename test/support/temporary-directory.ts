// Directories that do not outlive the tests that made them. What a failing test leaves is removed
// when its process exits; what a killed process leaves, by one of the next.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Place {
  readonly path: string
  /** Removes it, unless it is the caller's own; calling it twice does nothing. */
  discard(): void
}

/** Processes that see others' directories but not their ids are not at work for longer. */
const idleMsMax = 3_600_000
const left = new Set<string>()
let isPrepared = false

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
  left.delete(path)
}

/** The `directory` of the caller, or a new one whose name begins with `name`. */
export function placeFor(directory: string | undefined, name: `authserver-${string}`): Place {
  if (directory !== undefined) return { path: directory, discard: () => undefined }
  if (!isPrepared) prepare()
  const path = mkdtempSync(join(tmpdir(), `${name}-${process.pid}-`))
  left.add(path)
  return { path, discard: () => remove(path) }
}

function prepare(): void {
  isPrepared = true
  process.once('exit', () => left.forEach(remove))
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^authserver-[a-z]+-(\d+)-\w{6}$/.exec(name) ?? []
    if (pid !== undefined && isAbandoned(join(tmpdir(), name), Number(pid))) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    }
  }
}

function isAbandoned(path: string, pid: number): boolean {
  const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
  if (modifiedMs > Date.now() - idleMsMax) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
