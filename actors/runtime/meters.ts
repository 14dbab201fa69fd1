// What an actor counts about itself, on its own side: no message, no lock and no allocation per
// count.
import { createHistogram, type Histogram, type HistogramSnapshot } from '../../src/base/meters.ts'

export type MessageOutcome = 'reply' | 'refusal' | 'deadline_exceeded' | 'server_error'

export interface ActorMeterSnapshot {
  readonly messages: readonly {
    readonly kind: string
    readonly outcome: MessageOutcome
    readonly count: number
  }[]
  /** Messages per handler call. */
  readonly batchSize: HistogramSnapshot
  /** Seconds per call of each handler: of a kind, or of a group of kinds. */
  readonly handlers: readonly { readonly handler: string; readonly seconds: HistogramSnapshot }[]
  /** Seconds between arrival at the actor and the handler. */
  readonly waitSeconds: HistogramSnapshot
}

const sizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256]
const secondBounds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1]
const outcomes = ['reply', 'refusal', 'deadline_exceeded', 'server_error'] as const

export type ActorMeters = ReturnType<typeof createActorMeters>

/** Meters of one actor with the given message kinds. */
export function createActorMeters(kinds: readonly string[]) {
  const counts = new Map(kinds.map((kind) => [kind, new Float64Array(outcomes.length)]))
  const batchSize = createHistogram(sizeBounds)
  const handlers = new Map<string, Histogram>()
  const waitSeconds = createHistogram(secondBounds)
  return {
    batchSize,
    waitSeconds,
    /** Counts one call of a handler. */
    countHandler(handler: string, seconds: number): void {
      let histogram = handlers.get(handler)
      if (histogram === undefined) {
        histogram = createHistogram(secondBounds)
        handlers.set(handler, histogram)
      }
      histogram.observe(seconds)
    },
    /** Counts one answered message; `status` is an AnswerStatus. */
    countAnswer(kind: string, status: number): void {
      const row = counts.get(kind)
      if (row !== undefined) row[status] = (row[status] ?? 0) + 1
    },
    snapshot(): ActorMeterSnapshot {
      const messages = [...counts].flatMap(([kind, row]) =>
        outcomes.map((outcome, index) => ({ kind, outcome, count: row[index] ?? 0 })),
      )
      return {
        messages: messages.filter(({ count }) => count > 0),
        batchSize: batchSize.snapshot(),
        handlers: [...handlers].map(([handler, histogram]) => {
          return { handler, seconds: histogram.snapshot() }
        }),
        waitSeconds: waitSeconds.snapshot(),
      }
    },
  }
}
