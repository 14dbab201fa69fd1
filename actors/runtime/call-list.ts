// Sorts the messages of one go into handler calls. Messages of one kind, or of one group, that wait
// at the same time share a call; within a kind or group their order is kept.
import type { Envelope } from './waiting-line.ts'

/** Begins a handler call for messages; gives its outcomes, or a promise of them. */
export type Begin = (envelopes: readonly Envelope[]) => unknown

export interface Call {
  /** The kind of its messages, or the name of their group. */
  readonly handler: string
  readonly envelopes: readonly Envelope[]
  readonly begin: Begin
  readonly isGroup: boolean
}

interface OpenCall extends Call {
  readonly envelopes: Envelope[]
}

export class CallList {
  readonly #batchMax: number
  readonly #calls: OpenCall[] = []
  readonly #groupCalls: OpenCall[] = []
  /** The call of each kind or group that still takes messages. */
  readonly #open = new Map<string, OpenCall>()

  constructor(batchMax: number) {
    this.#batchMax = batchMax
  }

  addSingle(envelope: Envelope, begin: Begin): void {
    this.#calls.push({ handler: envelope.kind, envelopes: [envelope], begin, isGroup: false })
  }

  addToBatch(envelope: Envelope, begin: Begin): void {
    const { kind } = envelope
    const open = this.#open.get(kind)
    if (open !== undefined && open.envelopes.length < this.#batchMax) open.envelopes.push(envelope)
    else this.#start(kind, { handler: kind, envelopes: [envelope], begin, isGroup: false })
  }

  addToGroup(
    name: string,
    envelope: Envelope,
    { callMax, begin }: { readonly callMax: number; readonly begin: Begin },
  ): void {
    const key = `group ${name}`
    const open = this.#open.get(key)
    if (open !== undefined && open.envelopes.length < callMax) open.envelopes.push(envelope)
    else this.#start(key, { handler: name, envelopes: [envelope], begin, isGroup: true })
  }

  /** All calls: groups come last, since others wait for nothing but their own turn. */
  inOrder(): Call[] {
    return [...this.#calls, ...this.#groupCalls]
  }

  #start(key: string, call: OpenCall): void {
    this.#open.set(key, call)
    if (call.isGroup) this.#groupCalls.push(call)
    else this.#calls.push(call)
  }
}
