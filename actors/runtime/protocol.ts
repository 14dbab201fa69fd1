// What the two sides of an actor agree on: message kinds, answers, refusals, errors, deadlines.
// Types only, but for the one error class that senders catch.
import type { TraceContext } from '../../src/base/telemetry.ts'

/**
 * A message with an answer. Refusals are part of the contract; all else that fails is an
 * ActorError.
 */
export interface Ask<Request, Reply, Refusal extends string = never> {
  readonly request: Request
  readonly reply: Reply
  readonly refusal: Refusal
}

/** A message without an answer. */
export interface Tell<Request> {
  readonly request: Request
}

export type Protocol = { readonly [kind: string]: Ask<unknown, unknown, string> | Tell<unknown> }

export type Kind<P extends Protocol> = keyof P & string
export type AskKind<P extends Protocol> = {
  [K in Kind<P>]: P[K] extends Ask<unknown, unknown, string> ? K : never
}[Kind<P>]
export type TellKind<P extends Protocol> = Exclude<Kind<P>, AskKind<P>>

export type RequestOf<P extends Protocol, K extends Kind<P>> = P[K]['request']
export type ReplyOf<P extends Protocol, K extends AskKind<P>> =
  P[K] extends Ask<unknown, infer Reply, string> ? Reply : never
export type RefusalOf<P extends Protocol, K extends AskKind<P>> =
  P[K] extends Ask<unknown, unknown, infer Refusal> ? Refusal : never

/** What an ask comes to: a reply, or a refusal the protocol names. */
export type Outcome<P extends Protocol, K extends AskKind<P>> =
  | { readonly ok: true; readonly reply: ReplyOf<P, K> }
  | ([RefusalOf<P, K>] extends [never]
      ? never
      : { readonly ok: false; readonly refusal: RefusalOf<P, K> })

export interface AskOptions {
  /** Absolute, on the monotonic clock. Work that is still waiting then is not begun. No default. */
  readonly deadlineMs: number
  /** The trace that the work belongs to, or null; its id travels with the message. */
  readonly trace: TraceContext | null
}

/** How full a mailbox is, counted at the sender: messages sent and not yet answered. */
export interface MailboxLoad {
  readonly depth: number
  readonly capacity: number
  readonly highWater: number
  /** Messages that are no longer in it, since the ref was made. */
  readonly settled: number
}

/** The only way to reach an actor. */
export interface ActorRef<P extends Protocol> {
  readonly name: string
  /** @throws ActorError (as a rejection), never retried by the runtime. */
  ask<K extends AskKind<P>>(
    kind: K,
    request: RequestOf<P, K>,
    options: AskOptions,
  ): Promise<Outcome<P, K>>
  tell<K extends TellKind<P>>(
    kind: K,
    request: RequestOf<P, K>,
  ): 'queued' | 'mailbox-full' | 'stopped'
  load(): MailboxLoad
}

/**
 * Why an ask has no outcome. Only `mailbox-full` and `actor-stopped` say that nothing was done;
 * after the others the effect may exist.
 *
 * - `mailbox-full`: refused at once by the sender's own count.
 * - `deadline-exceeded`: not answered, or not begun, in time.
 * - `actor-crashed`: the worker ended, or is being restarted.
 * - `actor-stopped`: the actor was stopped for good.
 * - `server-error`: the actor lives, but what it depends on failed (disk, key store).
 */
export type ActorErrorCode =
  | 'mailbox-full'
  | 'deadline-exceeded'
  | 'actor-crashed'
  | 'actor-stopped'
  | 'server-error'

export class ActorError extends Error {
  override readonly name = 'ActorError'
  readonly code: ActorErrorCode
  readonly actor: string

  constructor(code: ActorErrorCode, actor: string, detail: string) {
    super(`${actor}: ${code}: ${detail}`)
    this.code = code
    this.actor = actor
  }
}
