// What the operating system tells the server (spec 08 §7).
import type { Log } from '../base/telemetry.ts'

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process. SIGHUP reloads keys. */
export function onSignals(options: {
  readonly log: Log
  readonly reload: () => Promise<void>
}): Promise<void> {
  const { log } = options
  process.on('SIGHUP', () => {
    log.info('SIGHUP received')
    void options.reload()
  })
  return new Promise((resolve) => {
    let isStopping = false
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) return endAtOnce(signal)
      isStopping = true
      log.info('shutting down', { signal })
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

/**
 * Leaves the signal to the operating system. `process.exit` would wait for every thread, and one
 * that hangs in a system call is a reason for impatience.
 */
function endAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}
