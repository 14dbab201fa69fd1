// What the operating system tells the server (spec 08 §7).
import type { Log } from '../base/telemetry.ts'

/** Exit status of a second signal while the server is stopping. */
const impatientStatus = 130

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
      if (isStopping) process.exit(impatientStatus)
      isStopping = true
      log.info('shutting down', { signal })
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}
