// The sender's side of an actor: numbers asks, bounds them, collects them into frames, and settles
// each exactly once: by an answer, at its deadline, or when the actor is gone.
import { assert, unreachable } from '../../src/base/assert.ts'
import type { Cancel, Clock } from '../../src/base/clock.ts'
import { limits } from '../../src/base/limits.ts'
import { type AnswerStatus, answerStatus, answerStride, messageStride } from './frames.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import {
  ActorError,
  type ActorErrorCode,
  type ActorRef,
  type AskKind,
  type AskOptions,
  type MailboxLoad,
  type Outcome,
  type Protocol,
  type RequestOf,
  type TellKind,
} from './protocol.ts'

interface Pending {
  readonly deadlineMs: number
  readonly resolve: (outcome: never) => void
  readonly reject: (error: ActorError) => void
  /** Its sender gave up; it still fills the mailbox until the actor answers. */
  abandoned: boolean
}

/** A tell in flight: it fills the mailbox until the actor has handled it. */
const nobodyWaits: Pending = {
  deadlineMs: Number.MAX_VALUE,
  resolve: () => undefined,
  reject: () => undefined,
  abandoned: true,
}

/** How often waiting asks are compared with their deadlines. */
const sweepMs = 50

const firstId = 1

/**
 * A ref that outlives its actor's restarts. Whoever runs the actor connects a way to send frames,
 * feeds answers in, and says when the actor is gone.
 */
export class ConnectedRef<P extends Protocol> implements ActorRef<P> {
  readonly name: string
  readonly #clock: Clock
  readonly #capacity: number
  readonly #outbox: Outbox
  readonly #pending = new Map<number, Pending>()
  #send: ((flat: unknown[]) => void) | null = null
  #down: ActorErrorCode = 'actor-stopped'
  #nextId = firstId
  #highWater = 0
  #cancelSweep: Cancel | null = null

  constructor(options: {
    readonly name: string
    readonly capacity: number
    readonly clock: Clock
  }) {
    this.name = options.name
    this.#clock = options.clock
    this.#capacity = options.capacity
    this.#outbox = createOutbox({
      clock: options.clock,
      stride: messageStride,
      messagesMax: limits.outboxMessagesMax,
      send: (flat) => this.#send?.(flat),
    })
  }

  ask<K extends AskKind<P>>(
    kind: K,
    request: RequestOf<P, K>,
    options: AskOptions,
  ): Promise<Outcome<P, K>> {
    const refusal = this.#refusal()
    if (refusal !== null) return Promise.reject(this.#error(refusal, kind))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#pending.set(id, { deadlineMs: options.deadlineMs, resolve, reject, abandoned: false })
      if (this.#pending.size > this.#highWater) this.#highWater = this.#pending.size
      this.#outbox.add(id, kind, options.deadlineMs, options.trace?.traceId ?? null, request)
      this.#cancelSweep ??= this.#clock.after(sweepMs, this.#sweep)
    })
  }

  tell<K extends TellKind<P>>(
    kind: K,
    request: RequestOf<P, K>,
  ): 'queued' | 'mailbox-full' | 'stopped' {
    const refusal = this.#refusal()
    if (refusal !== null) return refusal === 'mailbox-full' ? refusal : 'stopped'
    const id = this.#nextId++
    this.#pending.set(id, nobodyWaits)
    this.#outbox.add(id, kind, nobodyWaits.deadlineMs, null, request)
    return 'queued'
  }

  load(): MailboxLoad {
    return {
      depth: this.#pending.size,
      capacity: this.#capacity,
      highWater: this.#highWater,
      settled: this.#nextId - firstId - this.#pending.size,
    }
  }

  /** The actor is ready: frames go to `send` from now on. */
  connect(send: (flat: unknown[]) => void): void {
    assert(this.#pending.size === 0, 'an actor starts with no ask of its predecessor')
    this.#send = send
  }

  /** Settles asks by a frame of answers. */
  settle(answers: readonly unknown[]): void {
    for (let at = 0; at < answers.length; at += answerStride) {
      const id = answers[at] as number
      const pending = this.#pending.get(id)
      assert(pending !== undefined, 'an answer belongs to an ask of this ref')
      this.#pending.delete(id)
      if (!pending.abandoned) {
        this.#settleOne(pending, answers[at + 1] as AnswerStatus, answers[at + 2])
      }
    }
  }

  /**
   * The actor is gone: everything in flight fails with `code`, and so does every ask from now on.
   */
  disconnect(code: 'actor-crashed' | 'actor-stopped'): void {
    this.#send = null
    this.#down = code
    this.#outbox.clear()
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    for (const pending of lost) {
      if (!pending.abandoned) pending.reject(this.#error(code, 'in flight'))
    }
  }

  #refusal(): ActorErrorCode | null {
    if (this.#send === null) return this.#down
    return this.#pending.size >= this.#capacity ? 'mailbox-full' : null
  }

  #settleOne(pending: Pending, status: AnswerStatus, value: unknown): void {
    switch (status) {
      case answerStatus.reply:
        return pending.resolve({ ok: true, reply: value } as never)
      case answerStatus.refusal:
        return pending.resolve({ ok: false, refusal: value } as never)
      case answerStatus.deadlineExceeded:
        return pending.reject(this.#error('deadline-exceeded', 'not begun in time'))
      case answerStatus.serverError:
        return pending.reject(this.#error('server-error', String(value)))
      default:
        return unreachable(status)
    }
  }

  readonly #sweep = (): void => {
    const nowMs = this.#clock.monotonicMs()
    for (const pending of this.#pending.values()) {
      if (pending.abandoned || pending.deadlineMs > nowMs) continue
      pending.abandoned = true
      pending.reject(this.#error('deadline-exceeded', 'no answer in time'))
    }
    this.#cancelSweep = this.#pending.size === 0 ? null : this.#clock.after(sweepMs, this.#sweep)
  }

  #error(code: ActorErrorCode, detail: string): ActorError {
    return new ActorError(code, this.name, detail)
  }
}
