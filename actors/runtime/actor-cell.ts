// The receiver's side of an actor: runs one definition, wherever it is placed. Takes what waits, in
// bounded goes, hands it to the handlers, and sends the answers of each go in frames.
import { assert } from '../../src/base/assert.ts'
import { messageOf, OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { type Call, CallList } from './call-list.ts'
import { actorContext, type CellHost } from './cell-host.ts'
import type { ActorContext, ActorDefinition, GroupMessage, Handler } from './define-actor.ts'
import {
  type AnswerStatus,
  answerStatus,
  answerStride,
  type ControlRequest,
  messageStride,
  type ToActor,
} from './frames.ts'
import { type ActorMeters, createActorMeters } from './meters.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { Kind, Protocol } from './protocol.ts'
import { RunningCalls } from './running-calls.ts'
import { createWaitingLine, type Envelope, type WaitingLine } from './waiting-line.ts'

/** What an outcome looks like when its kind is not known to the types. */
type AnyOutcome =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly refusal: string }
  | { readonly failed: string }
  | null

export class ActorCell<P extends Protocol, Deps, State, Notice> {
  readonly #definition: ActorDefinition<P, Deps, State, Notice>
  readonly #host: CellHost
  readonly #context: ActorContext<Notice>
  readonly #meters: ActorMeters
  readonly #outbox: Outbox
  readonly #line: WaitingLine
  #state: State | null = null
  #phase: 'starting' | 'running' | 'stopping' | 'ended' = 'starting'
  /** Taken, and not begun because too much was in flight. */
  #calls: Call[] = []
  readonly #running = new RunningCalls()
  #scheduled = false
  #whenIdle: (() => void) | null = null

  constructor(definition: ActorDefinition<P, Deps, State, Notice>, host: CellHost) {
    this.#definition = definition
    this.#host = host
    this.#context = actorContext(definition.name, host)
    this.#meters = createActorMeters(Object.keys(definition.handlers))
    this.#line = createWaitingLine(definition.keyOf ?? null)
    this.#outbox = createOutbox({
      clock: host.clock,
      stride: answerStride,
      messagesMax: limits.replyMessagesMax,
      send: (answers) => host.emit({ type: 'answers', answers }),
    })
  }

  /** Makes the state and says `ready`. A failing start is a crash. */
  async start(deps: Deps): Promise<void> {
    try {
      this.#state = await this.#definition.start(deps, this.#context)
    } catch (error) {
      return this.#crash(error)
    }
    this.#phase = 'running'
    this.#host.emit({ type: 'ready' })
    this.#schedule()
  }

  /** Takes in a frame from the sender's side. */
  receive(frame: ToActor): void {
    if (this.#phase === 'ended') return
    if (frame.type === 'control') return this.#control(frame.request)
    const { messages } = frame
    const arrivedMs = this.#nowMs()
    for (let at = 0; at < messages.length; at += messageStride) {
      this.#line.add({
        id: messages[at] as number,
        kind: messages[at + 1] as string,
        deadlineMs: messages[at + 2] as number,
        traceId: messages[at + 3] as string | null,
        request: messages[at + 4],
        arrivedMs,
      })
    }
    this.#schedule()
  }

  /** Begins nothing any more, whatever waits and whatever still ends: another takes its place. */
  end(): void {
    this.#phase = 'ended'
  }

  #control(request: ControlRequest): void {
    switch (request) {
      case 'probe':
        return this.#host.emit({ type: 'alive', overdue: this.#running.probe(this.#nowMs()) })
      case 'meters':
        return this.#host.emit({ type: 'meters', meters: this.#meters.snapshot() })
      case 'stop':
        void this.#stop()
    }
  }

  async #stop(): Promise<void> {
    if (this.#phase !== 'running') return
    this.#phase = 'stopping'
    if (this.#running.size > 0 || this.#isWaiting()) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
    try {
      await this.#definition.stop(this.#state as State)
    } catch (error) {
      return this.#crash(error)
    }
    this.#outbox.flush()
    this.#phase = 'ended'
    this.#host.emit({ type: 'stopped' })
  }

  #isWaiting(): boolean {
    return this.#line.size > 0 || this.#calls.length > 0
  }

  #schedule(): void {
    if (this.#scheduled || !this.#isWaiting()) return
    if (this.#phase === 'starting' || this.#phase === 'ended') return
    // What is in flight schedules the next go when it ends: until then one could begin nothing.
    if (this.#running.size >= this.#definition.asyncMax) return
    this.#scheduled = true
    this.#host.clock.soon(this.#go)
  }

  /** One go: takes what waits, up to the bound, and begins as many calls as may be in flight. */
  readonly #go = (): void => {
    this.#scheduled = false
    try {
      if (this.#calls.length === 0 && this.#phase !== 'ended') this.#gather()
      while (this.#phase !== 'ended' && this.#running.size < this.#definition.asyncMax) {
        const call = this.#calls.shift()
        if (call === undefined) break
        // Answers that are ready do not wait for a group's expensive step.
        if (call.isGroup) this.#outbox.flush()
        const envelopes = call.envelopes.filter((envelope) => !this.#isLate(envelope))
        if (envelopes.length > 0) this.#run({ ...call, envelopes })
      }
    } catch (error) {
      return this.#crash(error)
    }
    this.#outbox.flush()
    this.#rest()
  }

  /** Takes messages and sorts them into calls: single ones and batches first, groups last. */
  #gather(): void {
    const { messagesMax } = this.#definition.batch
    const calls = new CallList(messagesMax)
    for (let taken = 0; taken < messagesMax; taken++) {
      const envelope = this.#line.take()
      if (envelope === null) break
      this.#addTo(calls, envelope)
    }
    this.#calls = calls.inOrder()
  }

  #addTo(calls: CallList, envelope: Envelope): void {
    const state = this.#state as State
    const handler = this.#handlerOf(envelope.kind)
    if ('each' in handler) {
      calls.addSingle(envelope, () => [handler.each(state, envelope.request as never)])
    } else if ('batch' in handler) {
      calls.addToBatch(envelope, (envelopes) =>
        handler.batch(state, envelopes.map(({ request }) => request) as never),
      )
    } else {
      const group = this.#definition.groups?.[handler.joins]
      assert(group !== undefined, `actor ${this.#definition.name} defines ${handler.joins}`)
      calls.addToGroup(handler.joins, envelope, {
        callMax: group.messagesMax(state),
        begin: (envelopes) => group.run(state, envelopes as readonly GroupMessage<P>[]),
      })
    }
  }

  /** Runs one handler call for `envelopes` and answers them, now or when its promise settles. */
  #run({ handler, envelopes, begin }: Call): void {
    const startedMs = this.#nowMs()
    this.#meters.batchSize.observe(envelopes.length)
    for (const { arrivedMs } of envelopes) {
      this.#meters.waitSeconds.observe((startedMs - arrivedMs) / 1000)
    }
    let result: unknown
    try {
      result = begin(envelopes)
    } catch (error) {
      return this.#fail(envelopes, error)
    }
    if (Array.isArray(result) && result.length === 1 && result[0] instanceof Promise) {
      result = (result[0] as Promise<AnyOutcome>).then((outcome) => [outcome])
    }
    if (!(result instanceof Promise)) {
      this.#meters.countHandler(handler, this.#secondsSince(startedMs))
      return this.#answerAll(envelopes, result as readonly AnyOutcome[])
    }
    const running = this.#running.begin(envelopes)
    result
      .then(
        (outcomes) => {
          this.#meters.countHandler(handler, this.#secondsSince(startedMs))
          this.#answerAll(envelopes, outcomes as readonly AnyOutcome[])
        },
        (error: unknown) => this.#fail(envelopes, error),
      )
      .finally(() => {
        this.#running.end(running)
        this.#rest()
      })
  }

  #nowMs(): number {
    return this.#host.clock.monotonicMs()
  }

  #secondsSince(startedMs: number): number {
    return (this.#nowMs() - startedMs) / 1000
  }

  #answerAll(envelopes: readonly Envelope[], outcomes: readonly AnyOutcome[]): void {
    if (outcomes.length !== envelopes.length) {
      return this.#crash(new Error('a handler gives one outcome per message'))
    }
    for (let index = 0; index < envelopes.length; index++) {
      const outcome = outcomes[index] as AnyOutcome
      const envelope = envelopes[index] as Envelope
      if (outcome === null) this.#answer(envelope, answerStatus.reply, null)
      else if ('failed' in outcome) this.#answer(envelope, answerStatus.serverError, outcome.failed)
      else if (outcome.ok) this.#answer(envelope, answerStatus.reply, outcome.reply)
      else this.#answer(envelope, answerStatus.refusal, outcome.refusal)
    }
  }

  /**
   * An outage fails these messages only; anything else that is thrown is a bug and ends the actor.
   */
  #fail(envelopes: readonly Envelope[], error: unknown): void {
    if (!(error instanceof OperationalError)) return this.#crash(error)
    this.#context.log.error('actor operation failed', {
      actor: this.#definition.name,
      kind: envelopes[0]?.kind,
      messages: envelopes.length,
      trace_id: envelopes[0]?.traceId ?? undefined,
      error: messageOf(error),
      cause: error.cause === undefined ? undefined : messageOf(error.cause),
    })
    for (const envelope of envelopes) {
      this.#answer(envelope, answerStatus.serverError, error.message)
    }
  }

  #answer(envelope: Envelope, status: AnswerStatus, value: unknown): void {
    this.#meters.countAnswer(envelope.kind, status)
    this.#line.done(envelope)
    this.#outbox.add(envelope.id, status, value)
  }

  #isLate(envelope: Envelope): boolean {
    if (envelope.deadlineMs > this.#nowMs()) return false
    this.#answer(envelope, answerStatus.deadlineExceeded, null)
    return true
  }

  #handlerOf(kind: string): Handler<P, State, Kind<P>> {
    const handler = this.#definition.handlers[kind as Kind<P>]
    assert(handler !== undefined, `actor ${this.#definition.name} handles ${kind}`)
    return handler
  }

  #rest(): void {
    this.#schedule()
    if (this.#whenIdle !== null && this.#running.size === 0 && !this.#isWaiting()) this.#whenIdle()
  }

  #crash(error: unknown): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    const reason = reasonOf(error)
    this.#host.emit({ type: 'crash', reason })
    this.#host.crash(reason)
  }
}

/** An outage is told by its message; a bug needs its stack. */
function reasonOf(error: unknown): string {
  if (error instanceof OperationalError || !(error instanceof Error)) return messageOf(error)
  return error.stack ?? error.message
}
