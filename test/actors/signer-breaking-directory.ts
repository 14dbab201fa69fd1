// A key directory that ends at a chosen step: every changing operation is one step, the chosen one
// is not done (a write: half done), and nothing can be done afterwards. What was not synced may be
// lost.
import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type KeyDirectory, keyDirectory } from '../../actors/signer/key-directory.ts'

/** The process that used the directory is no more. */
export class Crash extends Error {}

/**
 * What the crash takes along:
 * - `nothing`: the process died, the system lives;
 * - `content`: power failed, files that were not synced are empty;
 * - `names`: power failed, names changed since the last sync of the directory are as they were;
 * - `older-names`: the same, but the last of these changes had reached the disk.
 */
export type Loss = 'nothing' | 'content' | 'names' | 'older-names'

export interface BreakingDirectory extends KeyDirectory {
  /** Changing steps done so far. */
  readonly steps: () => number
}

/** Breaks at the `crashAt`-th step, counted from 1. */
export function breakingDirectory(path: string, crashAt: number, loss: Loss): BreakingDirectory {
  const real = keyDirectory(path)
  const unsynced = new Set<string>()
  let undo: (() => void)[] = []
  let steps = 0

  function lose(): void {
    if (loss === 'older-names') undo.pop()
    if (loss === 'names' || loss === 'older-names') for (const work of undo.reverse()) work()
    if (loss === 'content') for (const name of unsynced) truncateSync(join(path, name))
  }

  function step<Result>(work: () => Result, half: () => void = () => undefined): Result {
    steps += 1
    if (steps === crashAt) {
      half()
      lose()
    }
    if (steps >= crashAt) throw new Crash(`crash at step ${crashAt}`)
    return work()
  }

  function restorer(name: string): () => void {
    const file = real.read(name)
    return () => {
      if (file === null) rmSync(join(path, name), { force: true })
      else writeFileSync(join(path, name), file.content, { mode: 0o600 })
    }
  }

  return {
    path,
    steps: () => steps,
    create: () => real.create(),
    read: (name) => {
      if (steps >= crashAt) throw new Crash('read after the crash')
      return real.read(name)
    },
    writeNew: (name, content) => {
      const write = (bytes: Uint8Array): boolean => {
        undo.push(restorer(name))
        const isNew = real.writeNew(name, bytes)
        if (isNew) unsynced.add(name)
        return isNew
      }
      return step(
        () => write(content),
        () => write(content.subarray(0, content.byteLength / 2)),
      )
    },
    setModified: (name, modifiedMs) => step(() => real.setModified(name, modifiedMs)),
    syncFile: (name) =>
      step(() => {
        real.syncFile(name)
        unsynced.delete(name)
      }),
    rename: (from, to) =>
      step(() => {
        const restoreTarget = restorer(to)
        undo.push(() => {
          renameSync(join(path, to), join(path, from))
          restoreTarget()
        })
        if (unsynced.delete(from)) unsynced.add(to)
        else unsynced.delete(to)
        return real.rename(from, to)
      }),
    remove: (name) =>
      step(() => {
        undo.push(restorer(name))
        unsynced.delete(name)
        real.remove(name)
      }),
    syncDirectory: () =>
      step(() => {
        real.syncDirectory()
        undo = []
      }),
  }
}

/** All names in a directory with their content, as any tool sees them. */
export function contentOf(path: string, names: readonly string[]): readonly string[] {
  return names.map((name) => readFileSync(join(path, name), 'utf8').trim())
}
