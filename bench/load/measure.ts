// One measurement of a running server under load: rate, latency, and what it cost in CPU by thread.
import {
  type CpuByThread,
  cpuBetween,
  readChildrenCpu,
  readMachineCpu,
  readProcessCpu,
  readThreadCpu,
} from './thread-cpu.ts'
import { type LoadReport, runWrk, type WrkScript } from './wrk.ts'

/** A server that issues tokens. */
export interface TokenServer {
  readonly pid: number
  readonly tokenUrl: string
  stop(): Promise<void>
}

export interface Measurement {
  readonly tokens: number
  readonly tokensPerSecond: number
  readonly latencyMs: LoadReport['latencyMs']
  /** Server's CPU per token over all of its threads, in microseconds. */
  readonly cpuMicros: number
  readonly cpuMicrosByThread: CpuByThread
  /** Cores that the server kept busy. */
  readonly serverCores: number
  readonly generatorCores: number
  /** Cores that others kept busy meanwhile: above 0.1 the figures are disturbed. */
  readonly foreignCores: number
}

export interface MeasureOptions {
  readonly requestsPath: string
  readonly script?: WrkScript
  readonly connections: number
  readonly seconds: number
}

/** Puts load on `server` and reads its counters before and after. */
export async function measure(server: TokenServer, options: MeasureOptions): Promise<Measurement> {
  const before = readCounters(server.pid)
  const load = await runWrk({ ...options, url: server.tokenUrl })
  const after = readCounters(server.pid)
  const wallMicros = (after.atMs - before.atMs) * 1000
  const threads = cpuBetween(before.threads, after.threads)
  const serverMicros = total(threads)
  const generatorMicros = after.generator - before.generator
  const ownMicros = after.own - before.own
  const foreignMicros = after.machine - before.machine - serverMicros - generatorMicros - ownMicros
  return {
    tokens: load.requests,
    tokensPerSecond: load.requests / load.seconds,
    latencyMs: load.latencyMs,
    cpuMicros: serverMicros / load.requests,
    cpuMicrosByThread: Object.fromEntries(
      Object.entries(threads).map(([label, micros]) => [label, micros / load.requests]),
    ),
    serverCores: serverMicros / wallMicros,
    generatorCores: generatorMicros / wallMicros,
    foreignCores: Math.max(0, foreignMicros / wallMicros),
  }
}

interface Counters {
  readonly atMs: number
  readonly threads: CpuByThread
  readonly generator: number
  readonly own: number
  readonly machine: number
}

function readCounters(pid: number): Counters {
  return {
    atMs: performance.now(),
    threads: readThreadCpu(pid),
    generator: readChildrenCpu(),
    own: readProcessCpu(process.pid),
    machine: readMachineCpu(),
  }
}

function total(threads: CpuByThread): number {
  return Object.values(threads).reduce((sum, micros) => sum + micros, 0)
}
