// The way down: no new work, finish what is open, stop the actors, let go of the database.
import type { Supervisor } from '../../actors/runtime/supervisor.ts'
import type { ServerLock } from '../../actors/storage/server-lock.ts'
import { delay, systemClock } from '../base/clock.ts'
import type { Log } from '../base/telemetry.ts'
import type { Config } from '../config/schema.ts'
import type { ReadinessProbe } from '../flows/operations/health.ts'
import type { BoundListener } from '../http/listen.ts'
import type { Telemetry } from './telemetry.ts'

export interface StopOptions {
  readonly config: Config
  readonly telemetry: Pick<Telemetry, 'log' | 'stop'>
  readonly readiness: ReadinessProbe
  readonly listeners: readonly BoundListener[]
  readonly supervisor: Supervisor
  readonly lock: ServerLock
}

/**
 * Stops a running server; open requests have `server.shutdown_wait` to finish, both listeners
 * together.
 */
export async function stopServer(options: StopOptions): Promise<void> {
  const { log } = options.telemetry
  options.readiness.startDraining()
  const limit = delay(systemClock, options.config.server.shutdownWaitMs)
  for (const listener of options.listeners) {
    await Promise.race([listener.drain(), limit.then(() => cutOff(listener, log))])
  }
  await options.supervisor.stop()
  options.lock.release()
  log.info('stopped gracefully')
  await options.telemetry.stop()
}

function cutOff(listener: BoundListener, log: Log): void {
  log.warn('open requests were cut off at the end of server.shutdown_wait')
  listener.cutOff()
}
