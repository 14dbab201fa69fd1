// The process_* series under the names every Prometheus client uses, and the event-loop delay
// of this thread. prom-client's own set is not used: it brings a second delay monitor and a GC
// observer.
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type MetricDefinition, metrics } from './metric-names.ts'
import type { ExposedMetric } from './samples.ts'

/** Resolution of the monitor, which is contained in everything that it measures. */
const resolutionMs = 10

/** Series that are read from the operating system at scrape time; null readings are left out. */
export function processSeries(startedAtSeconds: number): readonly ExposedMetric[] {
  const value = (definition: MetricDefinition, read: () => number | null): ExposedMetric => ({
    ...definition,
    samples: () => {
      const reading = read()
      return reading === null ? [] : [{ labels: {}, value: reading }]
    },
  })
  const micro = 1e-6
  return [
    value(metrics.processCpuUser, () => process.cpuUsage().user * micro),
    value(metrics.processCpuSystem, () => process.cpuUsage().system * micro),
    value(metrics.processCpu, () => {
      const { user, system } = process.cpuUsage()
      return (user + system) * micro
    }),
    value(metrics.processStartTime, () => startedAtSeconds),
    value(metrics.processResidentMemory, () => process.memoryUsage.rss()),
    value(metrics.processVirtualMemory, () => statusBytes('VmSize')),
    value(metrics.processHeap, () => statusBytes('VmData')),
    value(metrics.processOpenFds, countOpenFiles),
    value(metrics.processMaxFds, readFileLimit),
  ]
}

function statusBytes(name: string): number | null {
  const kib = readProc('status', new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'))
  return kib === null ? null : kib * 1024
}

function readFileLimit(): number | null {
  return readProc('limits', /^Max open files\s+(\d+)/m)
}

/** A number out of a file of /proc, which only Linux has. */
function readProc(file: string, pattern: RegExp): number | null {
  if (process.platform !== 'linux') return null
  const digits = pattern.exec(readFileSync(`/proc/self/${file}`, 'utf8'))?.[1]
  return digits === undefined ? null : Number(digits)
}

function countOpenFiles(): number | null {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : null
}

export interface EventLoopMonitor {
  readonly exposed: ExposedMetric
  readonly stop: () => void
}

/** Watches the event loop of the calling thread until `stop`; each scrape begins a new period. */
export function monitorEventLoop(): EventLoopMonitor {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  const sample = (stat: string, nanoseconds: number) => {
    const seconds = Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
    return { labels: { stat }, value: delays.count === 0 ? 0 : seconds }
  }
  const samples = () => {
    const taken = [
      sample('p50', delays.percentile(50)),
      sample('p99', delays.percentile(99)),
      sample('max', delays.max),
    ]
    delays.reset()
    return taken
  }
  return {
    exposed: { ...metrics.eventLoopDelay, samples },
    stop: () => {
      delays.disable()
    },
  }
}
