// The transport of the simulation: frames go through the byte codec and wait in the lanes of the
// scheduler, one per direction. An actor that dies takes its timers, its unfinished work and what
// it had not yet sent with it.
import { ActorCell } from '../../actors/runtime/actor-cell.ts'
import { decodeFrame, encodeFrame } from '../../actors/runtime/codec.ts'
import type { ActorDefinition } from '../../actors/runtime/define-actor.ts'
import type { FromActor, OpenTransport, ToActor } from '../../actors/runtime/frames.ts'
import type { Protocol } from '../../actors/runtime/protocol.ts'
import type { ActorName, FaultPoints } from './faults.ts'
import type { Scheduler } from './scheduler.ts'

export interface SimulatedTransportOptions<Deps> {
  readonly deps: Deps
  readonly scheduler: Scheduler
  readonly faults: FaultPoints
  /** Sees every frame that an actor sends, at the moment at which it does. */
  readonly onSent: (frame: FromActor) => void
  /** The actor has died: called before anything else happens. */
  readonly onDeath: () => void
}

/** The lane of the messages to `actor`. */
export function laneTo(actor: ActorName): string {
  return `front>${actor}`
}

/** Opens cells of `definition` in the simulation. */
export function simulatedTransport<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
  options: SimulatedTransportOptions<Deps>,
): OpenTransport {
  const { scheduler, faults } = options
  const actor = definition.name as ActorName
  const laneFrom = `${actor}>front`
  return (listener) => {
    const clock = scheduler.clockOf(actor)
    let isDead = false
    const die = (reason: string): void => {
      if (isDead) return
      isDead = true
      clock.end()
      options.onDeath()
      scheduler.add(laneFrom, 'exit', () => listener.onExit(reason))
    }
    const emit = (frame: FromActor): void => {
      if (isDead) return
      if (frame.type === 'answers' && faults.crashes(actor, 'after-handler')) {
        return die('crashed before its answers left')
      }
      options.onSent(frame)
      const bytes = encodeFrame(frame)
      // Signatures, keys and stack traces differ between runs of one seed.
      if (actor === 'storage' && frame.type === 'answers') scheduler.trace(bytes)
      const carried = decodeFrame(bytes) as FromActor
      scheduler.add(laneFrom, labelOf(frame), () => listener.onFrame(carried))
    }
    const cell = new ActorCell(definition, { clock, emit, crash: die })
    void cell.start(options.deps)
    return {
      post(frame) {
        const bytes = encodeFrame(frame)
        // Nor are two signatures of one proof the same.
        if (actor !== 'dpop-replay') scheduler.trace(bytes)
        const carried = decodeFrame(bytes) as ToActor
        scheduler.add(laneTo(actor), labelOf(frame), () => {
          if (isDead) return
          if (frame.type === 'messages' && faults.crashes(actor, 'before-handler')) {
            return die('crashed before its messages arrived')
          }
          cell.receive(carried)
        })
      },
      async kill() {
        die('killed')
      },
      utilization: () => 0,
    }
  }
}

function labelOf(frame: ToActor | FromActor): string {
  switch (frame.type) {
    case 'messages':
      return frame.messages.filter((_, index) => index % 5 === 1).join(' ')
    case 'answers':
      return `answers ${frame.answers.filter((_, index) => index % 3 !== 2).join(' ')}`
    case 'control':
      return frame.request
    case 'log':
      return `log ${frame.message}`
    default:
      return frame.type
  }
}
