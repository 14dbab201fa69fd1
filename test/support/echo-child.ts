// Starts the echo actor under a supervisor, inline or in a worker, and keeps what it says.
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { ChildSpec } from '../../actors/runtime/child.ts'
import { roundTrip } from '../../actors/runtime/codec.ts'
import type { OpenTransport } from '../../actors/runtime/frames.ts'
import { inlineTransport } from '../../actors/runtime/inline-transport.ts'
import { processTransport } from '../../actors/runtime/process-transport.ts'
import { createSupervisor, type Supervisor } from '../../actors/runtime/supervisor.ts'
import { workerTransport } from '../../actors/runtime/worker-transport.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/telemetry.ts'
import { type EchoDeps, type EchoNotice, type EchoProtocol, echoActor } from './echo-actor.ts'

export interface EchoSystem {
  readonly ref: ConnectedRef<EchoProtocol>
  readonly supervisor: Supervisor
  readonly notices: EchoNotice[]
  readonly lines: string[]
  readonly gaveUp: Promise<string>
  /** Resolves at the next restart. */
  restarted(): Promise<void>
}

export function inlineEcho(deps: EchoDeps): OpenTransport {
  return inlineTransport(echoActor, { deps, clock: systemClock, carry: roundTrip })
}

export function workerEcho(deps: EchoDeps): OpenTransport {
  return workerTransport({
    name: 'echo',
    entry: new URL('./echo-worker.ts', import.meta.url),
    workerData: deps,
    environment: {},
    memory: { oldSpaceMb: 64, youngSpaceMb: 8 },
  })
}

/** In a process; `entry` is that of the echo actor, or of something that behaves worse. */
export function processEcho(deps: EchoDeps, entry: `./${string}.ts`): OpenTransport {
  return processTransport({
    entry: new URL(entry, import.meta.url),
    deps,
    environment: {},
    nodeFlags: ['--max-old-space-size=64'],
  })
}

export async function startEcho(
  open: OpenTransport,
  overrides: Partial<ChildSpec<EchoProtocol, EchoNotice>>,
  clock: Clock = systemClock,
): Promise<EchoSystem> {
  const ref = new ConnectedRef<EchoProtocol>({ name: 'echo', capacity: 8, clock })
  const notices: EchoNotice[] = []
  const lines: string[] = []
  const write = (message: string): void => void lines.push(message)
  const log: Log = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    isEnabled: () => true,
  }
  let giveUp: (child: string) => void = () => undefined
  const gaveUp = new Promise<string>((resolve) => {
    giveUp = resolve
  })
  const waiting: (() => void)[] = []
  const supervisor = createSupervisor({ clock, log, giveUp })
  await supervisor.start([
    {
      name: 'echo',
      instance: 0,
      ref,
      open,
      restart: 'permanent',
      intensity: { restartsMax: 2, periodMs: 10_000 },
      startMsMax: 5000,
      stopMsMax: 2000,
      hangMs: 400,
      onNotice: (notice: EchoNotice) => notices.push(notice),
      onRestarted: () => {
        for (const resolve of waiting.splice(0)) resolve()
      },
      ...overrides,
    },
  ])
  return {
    ref,
    supervisor,
    notices,
    lines,
    gaveUp,
    restarted: () => new Promise((resolve) => waiting.push(resolve)),
  }
}

/** Ask options with a deadline from now. */
export function within(ms: number): { readonly deadlineMs: number; readonly trace: null } {
  return { deadlineMs: systemClock.monotonicMs() + ms, trace: null }
}
