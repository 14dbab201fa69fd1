// Notices that somebody else has changed the key directory (B31): the file system's own events,
// gathered for a moment, and a slow poll for the file systems that send none.
import { type FSWatcher, watch } from 'node:fs'
import type { Cancel, Clock } from '../../src/base/clock.ts'
import { messageOf } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import type { Log } from '../../src/base/telemetry.ts'

export interface WatchOptions {
  readonly path: string
  readonly clock: Clock
  readonly log: Log
  /** The directory may have changed. Called at most once per `limits.keyWatchQuietMs`. */
  readonly onChange: () => void
}

/** Watches until cancelled. Never throws: without events the poll alone goes on. */
export function watchKeyDirectory(options: WatchOptions): Cancel {
  let cancelCheck: Cancel | null = null
  const onEvent = (): void => {
    // Later events of the same moment are covered by the check that is already due.
    cancelCheck ??= options.clock.after(limits.keyWatchQuietMs, () => {
      cancelCheck = null
      options.onChange()
    })
  }
  const watcher = openWatcher(options, onEvent)
  const cancelPoll = repeat(options.clock, limits.keyPollMs, options.onChange)
  return () => {
    watcher?.close()
    cancelCheck?.()
    cancelPoll()
  }
}

function openWatcher(options: WatchOptions, onEvent: () => void): FSWatcher | null {
  const giveUp = (error: unknown): void => {
    options.log.warn('key directory is polled, not watched', { error: messageOf(error) })
  }
  try {
    const watcher = watch(options.path, { persistent: false }, onEvent)
    watcher.on('error', (error) => {
      watcher.close()
      giveUp(error)
    })
    return watcher
  } catch (error) {
    giveUp(error)
    return null
  }
}

function repeat(clock: Clock, everyMs: number, work: () => void): Cancel {
  let cancel = clock.after(everyMs, run)
  function run(): void {
    cancel = clock.after(everyMs, run)
    work()
  }
  return () => cancel()
}
