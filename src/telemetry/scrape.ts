// What is read, and whom others are asked for, each time the metrics are read. Who does not answer
// is left out, and logged.
import { statSync } from 'node:fs'
import { messageOf } from '../base/errors.ts'
import type { ActorSnapshot } from '../base/meters.ts'
import type { Log } from '../base/telemetry.ts'
import { actorSeries } from './actor-series.ts'
import { type MetricDefinition, metrics } from './metric-names.ts'
import type { OtlpCounts } from './otlp.ts'
import type { ExposedMetric } from './samples.ts'

export interface ScrapeOptions {
  readonly collectActors: () => Promise<readonly ActorSnapshot[]>
  /** What the store says, so that a restart changes nothing (B18). */
  readonly countActive: () => Promise<ActiveRows>
  /** The database file; null = none. */
  readonly databasePath: string | null
  readonly otlp: OtlpCounts
  readonly log: Log
}

export interface ActiveRows {
  readonly clients: number
  readonly tokenFamilies: number
}

export interface Scrape {
  /** Asks the others; to be called before the samples are taken. */
  refresh(): Promise<void>
  readonly exposed: readonly ExposedMetric[]
}

/** Makes the series whose values are kept by others. */
export function createScrape(options: ScrapeOptions): Scrape {
  let actors: readonly ActorSnapshot[] = []
  let active: ActiveRows | null = null
  const ask = async <Answer>(what: string, question: () => Promise<Answer>, without: Answer) => {
    try {
      return await question()
    } catch (error) {
      options.log.warn('metrics are incomplete', { missing: what, error: messageOf(error) })
      return without
    }
  }
  const activeRows = (
    definition: MetricDefinition,
    pick: (rows: ActiveRows) => number,
  ): ExposedMetric => ({
    ...definition,
    samples: () => (active === null ? [] : [{ labels: {}, value: pick(active) }]),
  })
  return {
    async refresh() {
      const answers = [
        ask('actors', options.collectActors, []),
        ask<ActiveRows | null>('active rows', options.countActive, null),
      ] as const
      ;[actors, active] = await Promise.all(answers)
    },
    exposed: [
      ...actorSeries(() => actors),
      activeRows(metrics.activeClients, ({ clients }) => clients),
      activeRows(metrics.activeTokenFamilies, ({ tokenFamilies }) => tokenFamilies),
      ...fileSeries(options.databasePath),
      counted(metrics.tracesSuppressed, options.otlp.suppressedTraces),
      counted(metrics.otlpLost, options.otlp.lost),
    ],
  }
}

function fileSeries(path: string | null): readonly ExposedMetric[] {
  if (path === null) return []
  const size = (file: string, of: string) => {
    const status = statSync(of, { throwIfNoEntry: false })
    return status === undefined ? [] : [{ labels: { file }, value: status.size }]
  }
  const samples = () => [...size('database', path), ...size('log', `${path}-wal`)]
  return [{ ...metrics.storageFileBytes, samples }]
}

/** Counts that somebody else keeps, under the one label of their metric. */
function counted(
  definition: MetricDefinition,
  counts: Readonly<Record<string, number>>,
): ExposedMetric {
  const [label = ''] = definition.labels
  return {
    ...definition,
    samples: () =>
      Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value })),
  }
}
