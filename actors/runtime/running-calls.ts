// The handler calls whose promises are not settled yet. A call that is still at work when the last
// of its senders has given up is overdue; one that stays so has lost its promise, and never ends.
import type { Envelope } from './waiting-line.ts'

/** One call; ended by `end`. */
export interface RunningCall {
  /** Of its first message. */
  readonly kind: string
  /** Until then somebody waits for it. A tell has no deadline: its call is never overdue. */
  readonly deadlineMs: number
  /** Probes that have found it past its deadline. */
  overdueProbes: number
}

/** What a probe finds: the call that has been overdue for the most probes, this one included. */
export type Overdue = Pick<RunningCall, 'kind' | 'overdueProbes'>

export class RunningCalls {
  readonly #calls = new Set<RunningCall>()

  get size(): number {
    return this.#calls.size
  }

  begin(envelopes: readonly Envelope[]): RunningCall {
    const deadlineMs = Math.max(...envelopes.map((envelope) => envelope.deadlineMs))
    const call = { kind: envelopes[0]?.kind ?? '', deadlineMs, overdueProbes: 0 }
    this.#calls.add(call)
    return call
  }

  end(call: RunningCall): void {
    this.#calls.delete(call)
  }

  /**
   * Counts one probe. Probes are counted instead of time, so that a machine that stood still does
   * not make a healthy call look lost.
   */
  probe(nowMs: number): Overdue | null {
    let longest: RunningCall | null = null
    for (const call of this.#calls) {
      if (call.deadlineMs > nowMs) continue
      call.overdueProbes += 1
      if (longest === null || call.overdueProbes > longest.overdueProbes) longest = call
    }
    return longest === null ? null : { kind: longest.kind, overdueProbes: longest.overdueProbes }
  }
}
