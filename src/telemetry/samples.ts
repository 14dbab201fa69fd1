// Counts kept by ourselves and shown through prom-client's registry. Its own counters look up and
// check the labels at each count (150 ns, five of them per token); a bound cell is one addition.
import { createHistogram, type Histogram, type HistogramSnapshot } from '../base/meters.ts'
import { type MetricDefinition, otherLabel } from './metric-names.ts'

/** One line of the exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Name of the line when it differs from that of its metric. */
  readonly metricName?: string
}

/** A metric as the registry asks for it at scrape time. */
export interface ExposedMetric extends MetricDefinition {
  readonly samples: () => readonly Sample[]
}

/** One `Child` per combination of label values of a metric, made when it is first needed. */
export interface Family<Child> {
  /** The child of these values; to be kept and used again where the values are known. */
  readonly bind: (values: readonly string[]) => Child
  readonly exposed: ExposedMetric
}

/** No metric has more children than this: whatever comes later counts as `other`. */
const childrenMax = 2048

interface FamilyOptions<Child> {
  readonly definition: MetricDefinition
  readonly create: () => Child
  readonly show: (child: Child, labels: Sample['labels']) => readonly Sample[]
}

function createFamily<Child>({ definition, create, show }: FamilyOptions<Child>): Family<Child> {
  interface Entry {
    readonly child: Child
    readonly labels: Sample['labels']
  }
  const entries = new Map<string, Entry>()
  const bind = (values: readonly string[]): Child => {
    const key = values.join('\u0000')
    const found = entries.get(key)
    if (found !== undefined) return found.child
    const others = definition.labels.map(() => otherLabel)
    if (entries.size >= childrenMax && key !== others.join('\u0000')) return bind(others)
    const labels = labelsOf(definition.labels, values)
    const entry = { child: create(), labels }
    entries.set(key, entry)
    return entry.child
  }
  if (definition.labels.length === 0) bind([])
  const samples = () => [...entries.values()].flatMap(({ child, labels }) => show(child, labels))
  return { bind, exposed: { ...definition, samples } }
}

/** Label names with their values, in the same order. */
export function labelsOf(names: readonly string[], values: readonly string[]): Sample['labels'] {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? otherLabel]))
}

export interface Counter {
  value: number
}

/** A counter with its children. */
export function counterFamily(definition: MetricDefinition): Family<Counter> {
  return createFamily({
    definition,
    create: () => ({ value: 0 }),
    show: ({ value }, labels) => [{ labels, value }],
  })
}

/** A histogram with its children, all with the same bounds. */
export function histogramFamily(
  definition: MetricDefinition,
  bounds: readonly number[],
): Family<Histogram> {
  return createFamily({
    definition,
    create: () => createHistogram(bounds),
    show: (child, labels) => histogramSamples(definition.name, labels, child.snapshot()),
  })
}

/** The lines of one histogram: cumulative buckets, sum, count. */
export function histogramSamples(
  name: string,
  labels: Sample['labels'],
  { bounds, counts, sum, count }: HistogramSnapshot,
): readonly Sample[] {
  let below = 0
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0
    return { metricName: `${name}_bucket`, labels: { le: String(bound), ...labels }, value: below }
  })
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
