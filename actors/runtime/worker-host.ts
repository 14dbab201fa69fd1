// The loop inside a worker thread: connects one actor's cell to the thread's port. A worker entry
// is one call of this.
import { parentPort } from 'node:worker_threads'
import { assert } from '../../src/base/assert.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ActorCell } from './actor-cell.ts'
import type { ActorDefinition } from './define-actor.ts'
import type { FromActor, ToActor } from './frames.ts'
import type { Protocol } from './protocol.ts'

/** Runs `definition` with `deps` as this worker thread, until it is told to stop or crashes. */
export function hostActor<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
  deps: Deps,
): void {
  const port = parentPort
  assert(port !== null, 'an actor is hosted by a worker thread, not by the main thread')
  const cell = new ActorCell(definition, {
    clock: systemClock,
    emit: (frame: FromActor) => {
      port.postMessage(frame)
      if (frame.type === 'stopped') port.close()
    },
    crash: () => process.exit(1),
  })
  port.on('message', (frame: ToActor) => cell.receive(frame))
  void cell.start(deps)
}
