// What travels between the two sides of an actor. A frame carries many messages in one flat array:
// one structured clone of a dense array costs far less than one clone per message.
import type { LogFields, LogLevel } from '../../src/base/telemetry.ts'
import type { ActorMeterSnapshot } from './meters.ts'
import type { Overdue } from './running-calls.ts'

/** Members of one message in `messages`, in this order. */
export const messageStride = 5
/**
 * `id, kind, deadlineMs, traceId, request`, repeated. Tells are answered too: that empties their
 * place.
 */
export type FlatMessages = unknown[]

/** Members of one answer in `answers`, in this order. */
export const answerStride = 3
/** `id, status, value`, repeated; the value is a reply, a refusal, or the detail of an error. */
export type FlatAnswers = unknown[]

export const answerStatus = { reply: 0, refusal: 1, deadlineExceeded: 2, serverError: 3 } as const
export type AnswerStatus = (typeof answerStatus)[keyof typeof answerStatus]

/** The control lane: handled when the frame arrives, before any message that waits. */
export type ControlRequest = 'probe' | 'meters' | 'stop'

export type ToActor =
  | { readonly type: 'messages'; readonly messages: FlatMessages }
  | { readonly type: 'control'; readonly request: ControlRequest }

export type FromActor =
  | { readonly type: 'answers'; readonly answers: FlatAnswers }
  | { readonly type: 'ready' }
  /** The answer to a probe. */
  | { readonly type: 'alive'; readonly overdue: Overdue | null }
  | { readonly type: 'meters'; readonly meters: ActorMeterSnapshot }
  | { readonly type: 'stopped' }
  | { readonly type: 'notice'; readonly notice: unknown }
  | {
      readonly type: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly fields: LogFields
    }
  /** The last frame of an actor that ends because of `reason`. */
  | { readonly type: 'crash'; readonly reason: string }

/**
 * Where frames go and come from; a worker's port, a cell in this thread, or a simulated network.
 */
export interface Transport {
  post(frame: ToActor): void
  /** Ends the other side at once, whatever it does. Resolves when it is gone. */
  kill(): Promise<void>
  /** Share of time the other side was busy since the last call, 0–1; 0 where nobody measures. */
  utilization(): number
}

export interface TransportListener {
  onFrame(frame: FromActor): void
  /** The other side is gone; called once, also after `kill`. */
  onExit(reason: string): void
}

/** Starts the other side; called anew for each (re)start. */
export type OpenTransport = (listener: TransportListener) => Transport
