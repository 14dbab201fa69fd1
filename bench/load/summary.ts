// Several measurements of the same thing in one: medians, and a row for a table.
import { median, medians, rounded } from '../statistics.ts'
import type { Measurement } from './measure.ts'
import type { CpuByThread } from './thread-cpu.ts'

export interface Summary {
  /** For people: the columns of the printed table. */
  readonly row: Readonly<Record<string, number | string>>
  readonly tokensPerSecond: { readonly median: number; readonly min: number; readonly max: number }
  readonly cpuMicros: number
  readonly cpuMicrosByThread: CpuByThread
  readonly latencyMs: Readonly<Record<string, number>>
  readonly foreignCoresMax: number
}

/** Medians over measurements of equal settings. */
export function summarize(measurements: readonly Measurement[]): Summary {
  const rates = measurements.map(({ tokensPerSecond }) => Math.round(tokensPerSecond))
  const tokensPerSecond = {
    median: Math.round(median(rates)),
    min: Math.min(...rates),
    max: Math.max(...rates),
  }
  const cpuMicros = rounded(median(measurements.map((one) => one.cpuMicros)), 1)
  const threads = roundedMembers(medians(measurements.map((one) => one.cpuMicrosByThread)), 1)
  const latencyMs = roundedMembers(medians(measurements.map((one) => ({ ...one.latencyMs }))), 2)
  const foreignCoresMax = rounded(Math.max(...measurements.map((one) => one.foreignCores)), 2)
  return {
    row: {
      'tokens/s': tokensPerSecond.median,
      range: `${tokensPerSecond.min}-${tokensPerSecond.max}`,
      'p50 ms': latencyMs['p50'] ?? Number.NaN,
      'p99 ms': latencyMs['p99'] ?? Number.NaN,
      'CPU µs/token': cpuMicros,
      'by thread': Object.entries(threads)
        .map(([label, micros]) => `${label} ${Math.round(micros)}`)
        .join(', '),
      cores: rounded(median(measurements.map((one) => one.serverCores)), 2),
      'foreign cores': foreignCoresMax,
    },
    tokensPerSecond,
    cpuMicros,
    cpuMicrosByThread: threads,
    latencyMs,
    foreignCoresMax,
  }
}

function roundedMembers(
  record: Readonly<Record<string, number>>,
  digits: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, rounded(value, digits)]),
  )
}
