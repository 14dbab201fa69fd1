// The definition of an actor: its protocol, bounds and handlers, without any word about where it
// runs. The same definition runs inline, in a worker thread and under a simulated scheduler.
import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/telemetry.ts'
import type { AskKind, Kind, Outcome, Protocol, RequestOf } from './protocol.ts'

/** What the runtime gives to an actor's `start`. */
export interface ActorContext<Notice = never> {
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Sends something unasked to the side that holds the ref. */
  notify(notice: Notice): void
}

/** One message of a group, with its kind. */
export type GroupMessage<P extends Protocol> = {
  readonly [K in Kind<P>]: { readonly kind: K; readonly request: RequestOf<P, K> }
}[Kind<P>]

type Answer<P extends Protocol, K extends Kind<P>> = K extends AskKind<P> ? Outcome<P, K> : null

/**
 * How one kind is handled:
 * - `each`: one message, one outcome;
 * - `batch`: the messages of this kind that were waiting anyway, outcomes in the same order;
 * - `joins`: together with other kinds, by the group of that name.
 */
export type Handler<P extends Protocol, State, K extends Kind<P>> =
  | {
      readonly each: (
        state: State,
        request: RequestOf<P, K>,
      ) => Answer<P, K> | Promise<Answer<P, K>>
    }
  | {
      readonly batch: (
        state: State,
        requests: readonly RequestOf<P, K>[],
      ) => readonly (Answer<P, K> | Failed)[] | Promise<readonly (Answer<P, K> | Failed)[]>
    }
  | { readonly joins: string }

/** Total: forgetting a kind does not compile. */
export type Handlers<P extends Protocol, State> = {
  readonly [K in Kind<P>]: Handler<P, State, K>
}

/**
 * Handles messages of several kinds in one call, after the other messages that waited with them:
 * for work that shares one expensive step, such as a commit.
 */
export interface Group<P extends Protocol, State> {
  /** Read when a call begins; the rest waits for the next call. */
  readonly messagesMax: (state: State) => number
  /** Answers in the order of the messages. A thrown OperationalError fails all of them. */
  readonly run: (
    state: State,
    messages: readonly GroupMessage<P>[],
  ) => readonly GroupAnswer[] | Promise<readonly GroupAnswer[]>
}

/** The reason why one message has no outcome although the actor, and its neighbours, are well. */
export interface Failed {
  readonly failed: string
}

export type GroupAnswer =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly refusal: string }
  | Failed

export interface ActorDefinition<P extends Protocol, Deps, State, Notice = never> {
  readonly name: string
  readonly mailbox: { readonly messagesMax: number }
  /** Messages handled in one go before answers leave and new input is looked at. */
  readonly batch: { readonly messagesMax: number }
  /** Handlers in flight at once; 1 = one after the other. */
  readonly asyncMax: number
  /** Messages with one key run one after another, whatever `asyncMax` says. */
  readonly keyOf?: (kind: Kind<P>, request: unknown) => string | null
  /** Makes fresh state for each (re)start; the actor is ready when it returns. */
  readonly start: (deps: Deps, context: ActorContext<Notice>) => State | Promise<State>
  readonly handlers: Handlers<P, State>
  readonly groups?: Readonly<Record<string, Group<P, State>>>
  /** Releases what `start` opened. Called once, after the last handler. */
  readonly stop: (state: State) => void | Promise<void>
}

/** Checks a definition against its protocol: `defineActor<SignerProtocol>()({ … })`. */
export function defineActor<P extends Protocol, Notice = never>() {
  return <Deps, State>(
    definition: ActorDefinition<P, Deps, State, Notice>,
  ): ActorDefinition<P, Deps, State, Notice> => definition
}

/** A positive outcome. */
export function replied<Reply>(reply: Reply): { readonly ok: true; readonly reply: Reply } {
  return { ok: true, reply }
}

/** A refusal that the protocol names. */
export function refused<const Refusal extends string>(
  refusal: Refusal,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal }
}
