// An actor that is not started before its first message: for threads that many servers never need
// and that would cost memory while they wait.
import type { Clock } from '../../src/base/clock.ts'
import type { ControlRequest, FromActor, OpenTransport, Transport } from './frames.ts'
import { createActorMeters } from './meters.ts'

/**
 * Opens `open` when the first message comes. Until then the actor counts as ready and idle, and
 * what is asked of every actor is answered in its place. A start that fails then is a crash.
 */
export function lazyTransport(open: OpenTransport, clock: Clock): OpenTransport {
  return (listener) => {
    let awake: Transport | null = null
    let isGone = false
    const say = (frame: FromActor): void =>
      clock.soon(() => {
        if (!isGone) listener.onFrame(frame)
      })
    say({ type: 'ready' })
    return {
      post(frame) {
        if (frame.type === 'messages') awake ??= open(listener)
        if (awake !== null) awake.post(frame)
        else if (frame.type === 'control') say(answerAsleep(frame.request))
      },
      async kill() {
        if (awake !== null) return awake.kill()
        isGone = true
        clock.soon(() => listener.onExit('killed'))
      },
      utilization: () => awake?.utilization() ?? 0,
    }
  }
}

function answerAsleep(request: ControlRequest): FromActor {
  switch (request) {
    case 'probe':
      return { type: 'alive', overdue: null }
    case 'meters':
      return { type: 'meters', meters: createActorMeters([]).snapshot() }
    case 'stop':
      return { type: 'stopped' }
  }
}
