// Cost of an ask over the real worker transport, by number of asks in flight: rate, latency, and
// CPU of both threads. The message is the one that every token sends to storage; the actor does
// nothing. Run: node bench/micro/transport.bench.ts
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import { createSupervisor } from '../../actors/runtime/supervisor.ts'
import { workerTransport } from '../../actors/runtime/worker-transport.ts'
import { systemClock } from '../../src/base/clock.ts'
import { limits } from '../../src/base/limits.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import { cpuBetween, readThreadCpu } from '../load/thread-cpu.ts'
import { readOptions } from '../options.ts'
import { publish } from '../results.ts'
import { median, percentile, rounded } from '../statistics.ts'
import type { EchoProtocol } from './echo-actor.ts'
import { createIssuanceMessage } from './issuance-message.ts'

const { numbers: settings, isJson } = readOptions({ rounds: 3, milliseconds: 1000 })
const inFlight = [1, 16, 64, 512] as const

interface Sample {
  readonly asksPerSecond: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly cpuMicrosSender: number
  readonly cpuMicrosActor: number
}

const ref = new ConnectedRef<EchoProtocol>({
  name: 'echo',
  capacity: limits.storageMailboxMessagesMax,
  clock: systemClock,
})
const supervisor = createSupervisor({
  clock: systemClock,
  log: silentLog,
  giveUp: (child) => {
    throw new Error(`${child} crashed`)
  },
})
await supervisor.start([
  {
    name: 'echo',
    instance: 0,
    ref,
    open: workerTransport({
      name: 'echo',
      entry: new URL('./echo-worker.ts', import.meta.url),
      workerData: null,
      environment: {},
      memory: { oldSpaceMb: 256, youngSpaceMb: 16 },
    }),
    restart: 'never',
    intensity: { restartsMax: 0, periodMs: 1 },
    startMsMax: 10_000,
    stopMsMax: 5000,
    hangMs: 10_000,
    onNotice: () => undefined,
    onRestarted: () => undefined,
  },
])

const samples = new Map<number, Sample[]>(inFlight.map((count) => [count, []]))
for (const count of inFlight) await runAsks(count)
for (let round = 0; round < settings.rounds; round += 1) {
  for (const count of inFlight) samples.get(count)?.push(await runAsks(count))
}
await supervisor.stop()

const result = Object.fromEntries(
  [...samples].map(([count, list]) => [`${count} in flight`, mediansOf(list)]),
)
publish({ name: 'transport', settings, result }, isJson, () => console.table(result))

/** `count` senders ask one after another until the time is over. */
async function runAsks(count: number): Promise<Sample> {
  const latencies: number[] = []
  const before = readThreadCpu(process.pid)
  const startedMs = performance.now()
  const endMs = startedMs + settings.milliseconds
  async function askUntilEnd(): Promise<void> {
    for (let nowMs = performance.now(); nowMs < endMs; ) {
      const deadlineMs = systemClock.monotonicMs() + limits.askMs
      await ref.ask('commit', createIssuanceMessage(), { deadlineMs, trace: null })
      const thenMs = nowMs
      nowMs = performance.now()
      latencies.push(nowMs - thenMs)
    }
  }
  await Promise.all(Array.from({ length: count }, askUntilEnd))
  const seconds = (performance.now() - startedMs) / 1000
  const cpu = cpuBetween(before, readThreadCpu(process.pid))
  return {
    asksPerSecond: latencies.length / seconds,
    p50Micros: percentile(latencies, 50) * 1000,
    p99Micros: percentile(latencies, 99) * 1000,
    cpuMicrosSender: (cpu['main'] ?? Number.NaN) / latencies.length,
    cpuMicrosActor: (cpu['echo'] ?? Number.NaN) / latencies.length,
  }
}

function mediansOf(list: readonly Sample[]): Sample {
  const of = (name: keyof Sample, digits: number): number =>
    rounded(median(list.map((sample) => sample[name])), digits)
  return {
    asksPerSecond: of('asksPerSecond', 0),
    p50Micros: of('p50Micros', 0),
    p99Micros: of('p99Micros', 0),
    cpuMicrosSender: of('cpuMicrosSender', 2),
    cpuMicrosActor: of('cpuMicrosActor', 2),
  }
}
