// What one subject brings to the simulation: who makes moves, and what must hold. A grant that is
// added is one such part, registered in `parts.ts`.
import type { FromActor } from '../../actors/runtime/frames.ts'
import type { GrantType } from '../../src/records/client.ts'
import type { Machine, Surroundings } from './clients/machine.ts'
import type { History } from './history.ts'
import type { SimulatedServer } from './simulated-server.ts'

/** Tells the history what does not hold. */
export type Check = (server: SimulatedServer, history: History) => void

export interface Part {
  /** Grants that the server must offer for it. */
  readonly grantTypes?: readonly GrantType[]
  /** Makes what its machines need before anything can go wrong. */
  readonly setUp?: (surroundings: Surroundings) => Promise<void>
  /**
   * State machines, each under its own name: that decides its chance, and its place in the order.
   */
  readonly machines?: readonly (readonly [name: string, machine: Machine])[]
  /** Holds after every step: keep it cheap. */
  readonly afterStep?: Check
  /** Holds after every commit. */
  readonly afterCommit?: Check
  /** Holds at the end, when nothing is under way any more. */
  readonly atEnd?: Check
  /** Sees every frame of an actor at the moment at which it leaves. */
  readonly onSent?: (server: SimulatedServer, history: History, frame: FromActor) => void
}
