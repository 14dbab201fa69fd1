// The loop inside a process that runs one actor: connects its cell to the socket that the parent
// handed down. The process lives as long as that connection, and no signal for others ends it.
import { Socket } from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import { ActorCell } from './actor-cell.ts'
import { connectionDescriptor, type FromProcess, frameBytes, frameReader } from './byte-frames.ts'
import type { ActorDefinition } from './define-actor.ts'
import type { ToActor } from './frames.ts'
import type { Protocol } from './protocol.ts'

/**
 * Runs `definition` as this process, with the deps of the first frame, until it is told to stop,
 * crashes, or loses its parent.
 */
export function hostActorInProcess<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
): void {
  // A terminal and systemd signal every process of a service; whoever drains needs this one.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.umask(0o077)
  const socket = new Socket({ fd: connectionDescriptor, readable: true, writable: true })
  const send = (frame: FromProcess): void => void socket.write(frameBytes(frame))
  /** Exits when all that was said has left. */
  const leave = (status: number): void => void socket.end(() => process.exit(status))
  const shareBusy = busyShare()
  const cell = new ActorCell(definition, {
    clock: systemClock,
    emit: (frame) => {
      if (frame.type === 'meters') send({ type: 'utilization', share: shareBusy() })
      send(frame)
      if (frame.type === 'stopped') leave(0)
    },
    crash: () => leave(1),
  })
  const read = frameReader()
  let isStarted = false
  socket.on('data', (chunk: Buffer) => {
    for (const frame of read(chunk)) {
      if (isStarted) cell.receive(frame as ToActor)
      else void cell.start(frame as Deps)
      isStarted = true
    }
  })
  // Writing to a parent that is gone fails; the end of the connection says all there is to know.
  socket.on('error', () => undefined)
  socket.on('close', () => process.exit(0))
}

/** Tells the share of time that the event loop was busy since the last call. */
function busyShare(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return Number.isFinite(utilization) ? utilization : 0
  }
}
