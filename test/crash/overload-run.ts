// More requests than a server can serve (reliability B9): measures its capacity, then sends
// multiples of it by a schedule that does not wait for answers, and looks at it from outside.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readProcessCpu } from '../../bench/load/thread-cpu.ts'
import { limits } from '../../src/base/limits.ts'
import { askOnce, loadResource, seedLoad, unlimited } from '../e2e/token-load.ts'
import { secretOf } from '../support/seed.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import type { SenderOptions, SenderReport } from './open-loop-sender.ts'

/** Enough to keep the server busy, and too few to be refused. */
export const peakConnections = 128
const probeEveryMs = 50

/** Has its faults, and does not write a line for each token. */
export const startLoadedServer = (
  environment: Readonly<Record<string, string>>,
): Promise<RunningServer> =>
  startServer({
    seed: seedLoad,
    environment: {
      ...unlimited,
      AUTHPLANE_LOG_LEVEL: 'warn',
      AUTHPLANE_TEST_FAULTS: '1',
      ...environment,
    },
  })

const unbound = new URLSearchParams({
  grant_type: 'client_credentials',
  client_id: 'm2m',
  client_secret: secretOf('m2m'),
})
const bound = new URLSearchParams([...unbound, ['resource', loadResource]])
const forms = [unbound.toString(), bound.toString()]

/** Sends from a process of its own: the server has to be the only one that is late. */
export async function send(
  server: RunningServer,
  load: Pick<SenderOptions, 'connections' | 'perSecond' | 'seconds'>,
): Promise<SenderReport> {
  const options: SenderOptions = { ...load, port: server.port, forms }
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'open-loop-sender.ts'),
    JSON.stringify(options),
  ])
  return JSON.parse(stdout)
}

/** Tokens per second with just enough to do; the first second is for the server's compiler. */
export async function measureCapacity(server: RunningServer, seconds: number): Promise<number> {
  const load = { connections: peakConnections, perSecond: null }
  await send(server, { ...load, seconds: 1 })
  const report = await send(server, { ...load, seconds })
  return report.tokens / report.seconds
}

export interface OverloadStep {
  /** Of the capacity; infinite = each connection asks again as soon as it is answered. */
  readonly multiple: number
  readonly report: SenderReport
  /** Tokens per second, as a share of the capacity. */
  readonly goodput: number
  /** CPU of the server, all threads, in cores. */
  readonly cores: number
  /** The most memory that was ever resident, up to the end of this step. */
  readonly peakMb: number
}

export interface OverloadReport {
  /** Tokens per second, before and after. */
  readonly capacity: number
  readonly capacityAfter: number
  readonly steps: readonly OverloadStep[]
  /** Of all steps, on a connection of its own each. */
  readonly livezMs: readonly number[]
  readonly livezStatuses: ReadonlySet<number>
  /** Fullest mailbox of any look at the metrics, 0–1; above 1 = over its bound. */
  readonly fullestShare: number
  /** From the end of the load to the first token that took no longer than a tenth of a second. */
  readonly recoveryMs: number
  /** Resident at the end of the measurement of the capacity, and the most that ever was. */
  readonly steadyMb: number
  readonly peakMb: number
}

export interface Overload {
  /** Of the server, beyond what every such test sets. */
  readonly environment: Readonly<Record<string, string>>
  readonly capacitySeconds: number
  readonly seconds: number
  readonly connections: number
  readonly multiples: readonly number[]
}

/** Measures the capacity of a server, then overloads it step by step. */
export async function overload(options: Overload): Promise<OverloadReport> {
  const server = await startLoadedServer(options.environment)
  try {
    const capacity = await measureCapacity(server, options.capacitySeconds)
    const steadyMb = megabytes(server.pid, 'VmRSS')
    const probes = startProbes(server)
    const steps: OverloadStep[] = []
    for (const multiple of options.multiples) {
      steps.push(await overloadStep(server, { ...options, multiple, capacity }))
    }
    const recoveryMs = await untilQuick(server)
    const probed = await probes.stop()
    const peakMb = megabytes(server.pid, 'VmHWM')
    const capacityAfter = await measureCapacity(server, options.capacitySeconds)
    return { capacity, capacityAfter, steps, ...probed, recoveryMs, steadyMb, peakMb }
  } finally {
    await server.stop()
  }
}

async function overloadStep(
  server: RunningServer,
  step: Overload & { readonly multiple: number; readonly capacity: number },
): Promise<OverloadStep> {
  const { connections, seconds, multiple, capacity } = step
  const before = readProcessCpu(server.pid)
  const perSecond = Number.isFinite(multiple) ? multiple * capacity : null
  const report = await send(server, { connections, seconds, perSecond })
  const cores = (readProcessCpu(server.pid) - before) / 1e6 / report.seconds
  const goodput = report.tokens / report.seconds / capacity
  return { multiple, report, goodput, cores, peakMb: megabytes(server.pid, 'VmHWM') }
}

type Probed = Pick<OverloadReport, 'livezMs' | 'livezStatuses' | 'fullestShare'>

/** Looks at a server all the time. */
function startProbes(server: RunningServer): { readonly stop: () => Promise<Probed> } {
  const livezMs: number[] = []
  const livezStatuses = new Set<number>()
  let [fullestShare, isOver] = [0, false]
  const repeat = async (probe: () => Promise<void>): Promise<void> => {
    for (; !isOver; await wait(probeEveryMs)) await probe()
  }
  const probing = Promise.all([
    repeat(async () => {
      const startedMs = performance.now()
      livezStatuses.add((await fetch(`${server.baseUrl}/livez`)).status)
      livezMs.push(performance.now() - startedMs)
    }),
    repeat(async () => {
      fullestShare = Math.max(fullestShare, ...(await mailboxShares(server)))
    }),
  ])
  return {
    stop: async () => {
      isOver = true
      await probing
      return { livezMs, livezStatuses, fullestShare }
    },
  }
}

async function mailboxShares({ adminUrl }: RunningServer): Promise<readonly number[]> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const depthOf = (actor: string): number =>
    Number(new RegExp(`mailbox_depth\\{[^}]*actor="${actor}"[^}]*\\} (\\d+)`).exec(text)?.[1])
  return [
    depthOf('storage') / limits.storageMailboxMessagesMax,
    depthOf('signer') / limits.signerMailboxMessagesMax,
  ]
}

async function untilQuick({ port }: RunningServer): Promise<number> {
  const startedMs = performance.now()
  for (;;) {
    const askedMs = performance.now()
    const { status } = await askOnce(port)
    if (status === 200 && performance.now() - askedMs <= 100) return performance.now() - startedMs
    if (performance.now() - startedMs > 30_000) return Number.POSITIVE_INFINITY
  }
}

/** Of a process: `VmRSS` now, `VmHWM` at most so far. */
export function megabytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024)
}
