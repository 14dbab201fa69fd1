// Moves the write-ahead log into the database file, on a connection and in a thread of its own, so
// that no commit waits for it (sqlite-log.ts tells how).
import type Database from 'better-sqlite3'
import type { Cancel, Clock } from '../../src/base/clock.ts'
import { messageOf } from '../../src/base/errors.ts'
import type { Log } from '../../src/base/telemetry.ts'
import { type LogState, logBounds, syncOfOpenFile, WriteAheadLog } from './sqlite-log.ts'

export interface CheckpointerParts {
  readonly open: () => Database.Database
  readonly path: string
  readonly clock: Clock
  readonly log: Log
}

/** A full server writes about 100 MB/s of log: one look finds a few megabytes. */
const lookEveryMs = 25
const retryAfterMs = 1000
/**
 * The writer leaves the lock for moments only, between two commits; each try is a few microseconds.
 */
const restartAttemptsMax = 100

interface Session {
  readonly connection: Database.Database
  readonly log: WriteAheadLog
  readonly sync: () => void
}

export class Checkpointer {
  readonly #parts: CheckpointerParts
  #session: Session | null = null
  #cancelNext: Cancel = () => undefined

  constructor(parts: CheckpointerParts) {
    this.#parts = parts
  }

  /** Begins to look at the log by itself. */
  start(): void {
    this.#scheduleAfter(lookEveryMs)
  }

  /** Copies the log now. @throws whatever SQLite reports. */
  copy(): LogState {
    return this.#opened().log.copy()
  }

  stop(): void {
    this.#cancelNext()
    this.#close()
  }

  #scheduleAfter(delayMs: number): void {
    this.#cancelNext = this.#parts.clock.after(delayMs, () => this.#look())
  }

  #look(): void {
    try {
      this.#scheduleAfter(work(this.#opened()) === 'more' ? 0 : lookEveryMs)
    } catch (error) {
      this.#parts.log.warn('checkpoint failed', { error: messageOf(error) })
      this.#close()
      this.#scheduleAfter(retryAfterMs)
    }
  }

  #opened(): Session {
    if (this.#session !== null) return this.#session
    const connection = this.#parts.open()
    // Waiting in SQLite's own way would mean sleeping longer and longer while the log grows.
    connection.pragma('busy_timeout = 0')
    const log = new WriteAheadLog(connection)
    this.#session = { connection, log, sync: syncOfOpenFile(this.#parts.path) }
    return this.#session
  }

  #close(): void {
    this.#session?.connection.close()
    this.#session = null
  }
}

/** One step, short enough for messages to be answered in between. */
function work({ log, sync }: Session): 'more' | 'done' {
  const { pages, copied } = log.state()
  const rest = pages - copied
  const isLong = pages >= logBounds.restartFromPages
  if (rest >= logBounds.copyFromPages || (isLong && rest > logBounds.restPagesMax)) {
    log.copy()
    sync()
    return isLong ? 'more' : 'done'
  }
  if (!isLong) return 'done'
  for (let attempt = 1; attempt <= restartAttemptsMax; attempt++) {
    if (log.restart()) return 'done'
  }
  return 'more'
}
