// An actor in the thread of its sender: for tests, for CLI commands, and under a simulated
// scheduler. Frames are delivered at the end of the turn, never in the middle of the sender's call.
import type { Clock } from '../../src/base/clock.ts'
import { ActorCell } from './actor-cell.ts'
import type { ActorDefinition } from './define-actor.ts'
import type { FromActor, OpenTransport, ToActor } from './frames.ts'
import type { Protocol } from './protocol.ts'

export interface InlineOptions<Deps> {
  readonly deps: Deps
  readonly clock: Clock
  /** What each frame goes through on its way; tests pass the codec's round trip. */
  readonly carry: <Frame>(frame: Frame) => Frame
}

/** Opens cells of `definition` in this thread. */
export function inlineTransport<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
  { deps, clock, carry }: InlineOptions<Deps>,
): OpenTransport {
  return (listener) => {
    let gone = false
    const deliver = (frame: FromActor): void => {
      const carried = carry(frame)
      clock.soon(() => {
        if (!gone) listener.onFrame(carried)
      })
    }
    const exit = (reason: string): void => {
      clock.soon(() => {
        if (gone) return
        gone = true
        listener.onExit(reason)
      })
    }
    const cell = new ActorCell(definition, { clock, emit: deliver, crash: exit })
    void cell.start(deps)
    return {
      post(frame: ToActor) {
        const carried = carry(frame)
        clock.soon(() => {
          if (!gone) cell.receive(carried)
        })
      },
      async kill() {
        cell.end()
        exit('killed')
      },
      utilization: () => 0,
    }
  }
}
