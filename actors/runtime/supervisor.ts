// Starts actors in order, restarts those that crash or hang, gives up when that happens too often,
// and stops them in reverse order. Words as in OTP: child specification, restart, intensity,
// period.
import type { Clock } from '../../src/base/clock.ts'
import type { ActorSnapshot } from '../../src/base/meters.ts'
import type { Log } from '../../src/base/telemetry.ts'
import { type AnyChildSpec, Child } from './child.ts'

export interface SupervisorOptions {
  readonly clock: Clock
  readonly log: Log
  /** A child crashed more often than its intensity allows: the process must end. */
  readonly giveUp: (child: string) => void
}

export interface Supervisor {
  /**
   * Starts the children in list order; each waits for the one before. @throws Error of the first
   * that fails.
   */
  start(specs: readonly AnyChildSpec[]): Promise<void>
  /** Stops what was started, in reverse order, within each child's own limit. */
  stop(): Promise<void>
  /** Counts of all children, asked from the actors themselves. */
  snapshots(): Promise<readonly ActorSnapshot[]>
  /** Whether every child is up. */
  isHealthy(): boolean
}

/** A supervisor whose children do not depend on each other's state (one_for_one). */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const children: Child[] = []
  return {
    async start(specs) {
      for (const spec of specs) {
        const child = new Child(spec, options)
        children.push(child)
        await child.start()
      }
    },
    async stop() {
      for (const child of children.splice(0).reverse()) await child.stop()
    },
    snapshots: () => Promise.all(children.map((child) => child.snapshot())),
    isHealthy: () => children.every((child) => child.isUp()),
  }
}
