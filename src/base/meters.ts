// Counts that any thread can keep about itself without allocating, and the form in which they
// travel.

/**
 * Cumulative by position: `counts[i]` are the observations ≤ `bounds[i]` and above the bound
 * before.
 */
export interface HistogramSnapshot {
  readonly bounds: readonly number[]
  /** One more than bounds: the last counts what is above all of them. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

export interface Histogram {
  observe(value: number): void
  snapshot(): HistogramSnapshot
}

/** A histogram with fixed upper bounds, in ascending order. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1)
  let sum = 0
  let count = 0
  return {
    observe(value) {
      let at = 0
      while (at < bounds.length && value > (bounds[at] as number)) at += 1
      counts[at] = (counts[at] as number) + 1
      sum += value
      count += 1
    },
    snapshot: () => ({ bounds, counts: [...counts], sum, count }),
  }
}

/** What one actor instance looks like from outside, at one moment. */
export interface ActorSnapshot {
  readonly actor: string
  readonly instance: number
  readonly depth: number
  readonly capacity: number
  readonly restarts: number
  /** Share of time its thread was busy since the last snapshot, 0–1. */
  readonly utilization: number
  readonly messages: readonly {
    readonly kind: string
    readonly outcome: string
    readonly count: number
  }[]
  /** Messages per handler call. */
  readonly batchSize: HistogramSnapshot
  /** Seconds per call of each handler: of a kind of message, or of a group of kinds. */
  readonly handlers: readonly { readonly handler: string; readonly seconds: HistogramSnapshot }[]
  readonly waitSeconds: HistogramSnapshot
}
