// One supervised actor: opens its transport, connects its ref, probes it, restarts it.
import { assert } from '../../src/base/assert.ts'
import type { Cancel, Clock } from '../../src/base/clock.ts'
import { limits } from '../../src/base/limits.ts'
import type { ActorSnapshot } from '../../src/base/meters.ts'
import type { Log } from '../../src/base/telemetry.ts'
import type { ConnectedRef } from './actor-ref.ts'
import type { FromActor, OpenTransport, Transport } from './frames.ts'
import { type ActorMeterSnapshot, createActorMeters } from './meters.ts'
import type { Protocol } from './protocol.ts'
import type { Overdue } from './running-calls.ts'

export interface ChildSpec<P extends Protocol, Notice> {
  readonly name: string
  /** Number of this child among its equals (shards), from 0. */
  readonly instance: number
  readonly ref: ConnectedRef<P>
  readonly open: OpenTransport
  readonly restart: 'permanent' | 'never'
  readonly intensity: { readonly restartsMax: number; readonly periodMs: number }
  readonly startMsMax: number
  readonly stopMsMax: number
  /** Silence on the control lane after which the actor counts as hung. */
  readonly hangMs: number
  readonly onNotice: (notice: Notice) => void
  /** Called after each restart, when the actor is ready again. */
  readonly onRestarted: () => void
}

// biome-ignore lint/suspicious/noExplicitAny: children of different protocols live in one list
export type AnyChildSpec = ChildSpec<any, any>

interface ChildOptions {
  readonly clock: Clock
  readonly log: Log
  readonly giveUp: (child: string) => void
}

type Phase = 'new' | 'starting' | 'up' | 'down' | 'stopping' | 'stopped'

/** How long meters may take before a scrape goes on with the last ones. */
const metersMsMax = 500

export class Child {
  readonly #spec: AnyChildSpec
  readonly #options: ChildOptions
  #phase: Phase = 'new'
  #transport: Transport | null = null
  #restartsAtMs: number[] = []
  #restarts = 0
  #unansweredProbes = 0
  #cancelProbe: Cancel | null = null
  #settleStart: { resolve: () => void; reject: (error: Error) => void } | null = null
  #whenStopped: (() => void) | null = null
  #whenMetered: (() => void)[] = []
  #meters: ActorMeterSnapshot = createActorMeters([]).snapshot()

  constructor(spec: AnyChildSpec, options: ChildOptions) {
    this.#spec = spec
    this.#options = options
  }

  /** Resolves when the actor is ready. @throws Error when its start fails or takes too long. */
  start(): Promise<void> {
    assert(this.#phase === 'new' || this.#phase === 'down', 'a child starts once at a time')
    this.#phase = 'starting'
    return new Promise((resolve, reject) => {
      this.#settleStart = { resolve, reject }
      const transport = this.#spec.open({
        onFrame: (frame) => this.#onFrame(frame, transport),
        onExit: (reason) => this.#onExit(reason),
      })
      this.#transport = transport
      this.#options.clock.after(this.#spec.startMsMax, () => {
        if (this.#phase === 'starting' && this.#transport === transport) void transport.kill()
      })
    })
  }

  /** Lets the actor finish what waits, within its limit, and ends it. */
  async stop(): Promise<void> {
    if (this.#phase === 'down' || this.#phase === 'new') this.#phase = 'stopped'
    if (this.#phase === 'stopped') return
    this.#phase = 'stopping'
    this.#cancelProbe?.()
    const stopped = new Promise<void>((resolve) => {
      this.#whenStopped = resolve
    })
    this.#transport?.post({ type: 'control', request: 'stop' })
    const cancel = this.#options.clock.after(this.#spec.stopMsMax, () => {
      this.#options.log.warn('actor did not stop in time', { actor: this.#spec.name })
      this.#whenStopped?.()
    })
    await stopped
    cancel()
    this.#phase = 'stopped'
    this.#spec.ref.disconnect('actor-stopped')
    await this.#transport?.kill()
  }

  isUp(): boolean {
    return this.#phase === 'up'
  }

  /** Counts of this actor; those of its own side are the last known when it does not answer. */
  async snapshot(): Promise<ActorSnapshot> {
    if (this.#phase === 'up') await this.#refreshMeters()
    const { depth, capacity } = this.#spec.ref.load()
    return {
      actor: this.#spec.name,
      instance: this.#spec.instance,
      depth,
      capacity,
      restarts: this.#restarts,
      utilization: this.#transport?.utilization() ?? 0,
      ...this.#meters,
    }
  }

  #refreshMeters(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(metersMsMax, resolve)
      this.#whenMetered.push(() => {
        cancel()
        resolve()
      })
      this.#transport?.post({ type: 'control', request: 'meters' })
    })
  }

  #onFrame(frame: FromActor, transport: Transport): void {
    if (transport !== this.#transport) return
    this.#unansweredProbes = 0
    switch (frame.type) {
      case 'answers':
        return this.#spec.ref.settle(frame.answers)
      case 'ready':
        return this.#onReady(transport)
      case 'meters':
        this.#meters = frame.meters
        for (const done of this.#whenMetered.splice(0)) done()
        return
      case 'notice':
        return this.#spec.onNotice(frame.notice)
      case 'log':
        return this.#options.log[frame.level](frame.message, {
          component: this.#spec.name,
          ...frame.fields,
        })
      case 'stopped':
        this.#whenStopped?.()
        return
      case 'alive':
        return this.#onAlive(frame.overdue, transport)
      case 'crash':
        return
    }
  }

  #onReady(transport: Transport): void {
    if (this.#phase !== 'starting') return
    this.#phase = 'up'
    this.#spec.ref.connect((messages) => transport.post({ type: 'messages', messages }))
    this.#unansweredProbes = 0
    this.#probe()
    this.#settleStart?.resolve()
    this.#settleStart = null
  }

  /**
   * Probes in a steady beat. Beats are counted instead of time, so that a stall of this very thread
   * does not make a healthy actor look hung.
   */
  #probe(): void {
    this.#cancelProbe = this.#options.clock.after(limits.probeEveryMs, () => {
      if (this.#phase !== 'up' || this.#transport === null) return
      if (this.#unansweredProbes * limits.probeEveryMs >= this.#spec.hangMs) {
        this.#abandon(this.#transport, null)
        return
      }
      this.#unansweredProbes += 1
      this.#transport.post({ type: 'control', request: 'probe' })
      this.#probe()
    })
  }

  /**
   * An actor can answer probes while one of its handlers waits for what never comes. The whole
   * actor is ended: that handler may hold what others need, and might still change the state of
   * those that came after it.
   */
  #onAlive(overdue: Overdue | null, transport: Transport): void {
    if (overdue === null || this.#phase !== 'up') return
    // The first of them may have come right after the deadline.
    if ((overdue.overdueProbes - 1) * limits.probeEveryMs < limits.overdueMsMax) return
    this.#abandon(transport, overdue.kind)
  }

  /**
   * Ends an actor that hangs, in a handler of `kind` if that is known. A thread inside a system
   * call ends only when that returns, therefore everybody is told at once, and what it still says
   * is not listened to.
   */
  #abandon(transport: Transport, kind: string | null): void {
    this.#options.log.error('actor hangs and is ended', {
      actor: this.#spec.name,
      kind: kind ?? undefined,
    })
    this.#phase = 'down'
    this.#transport = null
    this.#spec.ref.disconnect('actor-crashed')
    void transport.kill()
  }

  #onExit(reason: string): void {
    this.#cancelProbe?.()
    for (const done of this.#whenMetered.splice(0)) done()
    if (this.#phase === 'stopping' || this.#phase === 'stopped') {
      this.#whenStopped?.()
      return
    }
    const wasStarting = this.#phase === 'starting'
    this.#phase = 'down'
    this.#spec.ref.disconnect('actor-crashed')
    if (wasStarting && this.#settleStart !== null) {
      this.#settleStart.reject(new Error(reason))
      this.#settleStart = null
      return
    }
    this.#options.log.error('actor crashed', { actor: this.#spec.name, reason })
    this.#restart()
  }

  #restart(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const { restartsMax, periodMs } = this.#spec.intensity
    this.#restartsAtMs = this.#restartsAtMs.filter((atMs) => atMs > nowMs - periodMs)
    if (this.#spec.restart === 'never' || this.#restartsAtMs.length >= restartsMax) {
      this.#options.log.error('actor crashed too often', { actor: this.#spec.name })
      this.#options.giveUp(this.#spec.name)
      return
    }
    this.#restartsAtMs.push(nowMs)
    this.#restarts += 1
    this.start().then(
      () => {
        this.#options.log.info('actor restarted', {
          actor: this.#spec.name,
          duration_ms: Math.round(this.#options.clock.monotonicMs() - nowMs),
        })
        this.#spec.onRestarted()
      },
      (error: Error) => this.#retryStart(error),
    )
  }

  /** A restart that fails waits a little longer each time, so that a short outage is survived. */
  #retryStart(error: Error): void {
    this.#options.log.error('actor could not be restarted', {
      actor: this.#spec.name,
      reason: error.message,
    })
    const waitMs = 100 * 2 ** this.#restartsAtMs.length
    this.#options.clock.after(waitMs, () => {
      if (this.#phase === 'down') this.#restart()
    })
  }
}
