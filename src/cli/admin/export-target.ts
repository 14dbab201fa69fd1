// Where an export goes: a file, or the standard output at the pace of its reader.
import { type FileHandle, open } from 'node:fs/promises'
import { messageOf } from '../../base/errors.ts'
import { UsageError } from '../arguments.ts'
import type { Terminal } from '../terminal.ts'

export interface Target {
  /** Resolves when the text has been taken. */
  write(text: string): Promise<void>
  close(): Promise<void>
}

/** Opens `path`, or the standard output (null). @throws UsageError */
export async function openTarget(terminal: Terminal, path: string | null): Promise<Target> {
  return path === null ? standardOutput(terminal) : fileTarget(await openFile(path), path)
}

function standardOutput(terminal: Terminal): Target {
  return {
    write: async (text) => {
      terminal.writeOut(text)
      await terminal.flushed()
    },
    close: async () => undefined,
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w', 0o600)
  } catch (error) {
    throw new UsageError(`--out cannot be written: ${messageOf(error)}`)
  }
}

function fileTarget(file: FileHandle, path: string): Target {
  return {
    write: async (text) => {
      try {
        await file.writeFile(text)
      } catch (error) {
        throw new Error(`${path} is incomplete: ${messageOf(error)}`, { cause: error })
      }
    },
    close: () => file.close(),
  }
}
