// How full SQLite's write-ahead log is, and what keeps it bounded without stalling a commit. A log
// starts anew only at a moment when all of it is in the database and synced; on a busy server there
// is always a commit that arrived during the copying. So the checkpointer copies and syncs, in its
// own thread and without any lock against the writer, until the rest is short, and only then asks
// the writer to wait: for a few milliseconds instead of the 400 that a log of 128 MB takes.
import { fdatasyncSync, fstatSync, readdirSync, statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { assert } from '../../src/base/assert.ts'

export interface LogState {
  /** Pages in the log, and how many of them are in the database already; -1: there is no log. */
  readonly pages: number
  readonly copied: number
}

export const logBounds = {
  /**
   * The checkpointer lets this much gather, since a page that is written often is then copied once:
   * 96 MB. With 32 MB it spent 17 instead of 9 µs per token on 10,000 clients.
   */
  copyFromPages: 49_152,
  /** From here on the log is to start anew: 128 MB. */
  restartFromPages: 65_536,
  /** What may be left to do while the writer waits: 1 MB. */
  restPagesMax: 512,
  /** No checkpointer, or one that fell behind: better a long commit than a full disk: 320 MB. */
  alarmFromPages: 163_840,
} as const

assert(logBounds.restPagesMax < logBounds.copyFromPages, 'the rest is the smaller part')
assert(logBounds.copyFromPages < logBounds.restartFromPages, 'pages are copied before the restart')
assert(logBounds.restartFromPages < logBounds.alarmFromPages, 'the alarm is the last resort')

const noop = 'PRAGMA wal_checkpoint(NOOP)'
const passive = 'PRAGMA wal_checkpoint(PASSIVE)'
const restart = 'PRAGMA wal_checkpoint(RESTART)'

/**
 * A connection's view of the log. The statements are prepared once: the writer looks at each
 * commit.
 */
export class WriteAheadLog {
  readonly #state: Database.Statement<unknown[], unknown>
  readonly #copy: Database.Statement<unknown[], unknown>
  readonly #restart: Database.Statement<unknown[], unknown>

  constructor(connection: Database.Database) {
    this.#state = connection.prepare<unknown[], unknown>(noop)
    this.#copy = connection.prepare<unknown[], unknown>(passive)
    this.#restart = connection.prepare<unknown[], unknown>(restart)
  }

  /** Reads shared memory only. */
  state(): LogState {
    return outcomeOf(this.#state.get())
  }

  /** Copies what can be copied without waiting for anybody. */
  copy(): LogState {
    return outcomeOf(this.#copy.get())
  }

  /** Copies the rest while writers wait; false when a writer was busy and kept its turn. */
  restart(): boolean {
    return !outcomeOf(this.#restart.get()).wasBusy
  }
}

/** The writer's last resort, looked at after each commit. */
export function copyOnAlarm(log: WriteAheadLog): void {
  if (log.state().pages >= logBounds.alarmFromPages) log.copy()
}

/**
 * A function that syncs the database file. SQLite syncs a copy only when no commit arrived
 * meanwhile; otherwise all that was copied is synced in the end, while the writer waits. It uses
 * the descriptor that SQLite itself has open in this process: closing one of our own would, by the
 * rules of POSIX, drop the locks that every connection of this process holds on the file. Where it
 * is not found, nothing is synced early, and restarts take longer.
 */
export function syncOfOpenFile(path: string): () => void {
  const wanted = statSync(path)
  const descriptor = openDescriptors().find((candidate) => {
    try {
      const { dev, ino } = fstatSync(candidate)
      return dev === wanted.dev && ino === wanted.ino
    } catch {
      return false // Closed by another thread since it was listed.
    }
  })
  return descriptor === undefined ? () => undefined : () => fdatasyncSync(descriptor)
}

function openDescriptors(): readonly number[] {
  for (const directory of ['/proc/self/fd', '/dev/fd']) {
    try {
      return readdirSync(directory).map(Number)
    } catch {
      // This system lists them elsewhere.
    }
  }
  return []
}

function outcomeOf(row: unknown): LogState & { readonly wasBusy: boolean } {
  const { busy, log, checkpointed } = row as { busy: number; log: number; checkpointed: number }
  return { pages: log, copied: checkpointed, wasBusy: busy !== 0 }
}
