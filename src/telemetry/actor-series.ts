// The series of actors, made at scrape time from what the actors say about themselves.
import type { ActorSnapshot, HistogramSnapshot } from '../base/meters.ts'
import { type MetricDefinition, metrics } from './metric-names.ts'
import { type ExposedMetric, histogramSamples, labelsOf, type Sample } from './samples.ts'

/** All actor metrics of the snapshots that `read` returns at scrape time. */
export function actorSeries(read: () => readonly ActorSnapshot[]): readonly ExposedMetric[] {
  const perActor = (
    definition: MetricDefinition,
    show: (snapshot: ActorSnapshot, labels: Sample['labels']) => readonly Sample[],
  ): ExposedMetric => ({
    ...definition,
    samples: () =>
      read().flatMap((snapshot) => {
        const values = [snapshot.actor, String(snapshot.instance)]
        return show(snapshot, labelsOf(definition.labels, values))
      }),
  })
  const value = (definition: MetricDefinition, pick: (snapshot: ActorSnapshot) => number) =>
    perActor(definition, (snapshot, labels) => [{ labels, value: pick(snapshot) }])
  const histogram = (
    definition: MetricDefinition,
    pick: (snapshot: ActorSnapshot) => HistogramSnapshot,
  ) =>
    perActor(definition, (snapshot, labels) =>
      histogramSamples(definition.name, labels, pick(snapshot)),
    )

  return [
    value(metrics.actorMailboxDepth, ({ depth }) => depth),
    value(metrics.actorMailboxCapacity, ({ capacity }) => capacity),
    value(metrics.actorRestarts, ({ restarts }) => restarts),
    value(metrics.actorUtilization, ({ utilization }) => utilization),
    { ...metrics.actorMessages, samples: () => messageSamples(read()) },
    histogram(metrics.actorBatchSize, ({ batchSize }) => batchSize),
    { ...metrics.actorHandlerSeconds, samples: () => read().flatMap(handlerSamples) },
    histogram(metrics.actorWaitSeconds, ({ waitSeconds }) => waitSeconds),
  ]
}

function handlerSamples({ actor, instance, handlers }: ActorSnapshot): readonly Sample[] {
  const { name, labels } = metrics.actorHandlerSeconds
  return handlers.flatMap(({ handler, seconds }) =>
    histogramSamples(name, labelsOf(labels, [actor, String(instance), handler]), seconds),
  )
}

/** Added up over the instances of an actor: which of them answered tells nothing. */
function messageSamples(snapshots: readonly ActorSnapshot[]): readonly Sample[] {
  const totals = new Map<string, { values: readonly string[]; count: number }>()
  for (const { actor, messages } of snapshots) {
    for (const { kind, outcome, count } of messages) {
      const values = [actor, kind, outcome]
      const key = values.join('\u0000')
      const total = totals.get(key) ?? { values, count: 0 }
      total.count += count
      totals.set(key, total)
    }
  }
  return [...totals.values()].map(({ values, count }) => ({
    labels: labelsOf(metrics.actorMessages.labels, values),
    value: count,
  }))
}
