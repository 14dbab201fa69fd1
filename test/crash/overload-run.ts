// More requests than a server can serve (reliability B9): thousands of connections that each ask
// again as soon as they are answered, from a process of its own, so that refusals come back as more
// requests.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { limits } from '../../src/base/limits.ts'
import { askOnce, loadResource, seedLoad, unlimited } from '../e2e/token-load.ts'
import { secretOf } from '../support/seed.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

/** Enough to keep the server busy. */
const peakConnections = 64
const probeEveryMs = 50

export interface LoadResult {
  readonly seconds: number
  readonly tokens: number
  /** Answers of 503 that say when to come again. */
  readonly refused: number
  /** Those among them that were refused before any work was done. */
  readonly shed: number
  /** All other answers. */
  readonly improper: number
  readonly broken: number
  readonly p99Ms: number
}

export interface OverloadReport {
  /** What the server does when it has just enough to do. */
  readonly peak: LoadResult
  readonly overload: LoadResult
  /** Of the overload, on a connection of its own each. */
  readonly livezMs: readonly number[]
  readonly livezStatuses: ReadonlySet<number>
  /** Fullest mailbox of any look at the metrics, 0–1; above 1 = over its bound. */
  readonly fullestShare: number
  /** From the end of the load to the first token that took no longer than a tenth of a second. */
  readonly recoveryMs: number
  /** The most memory that was ever resident. */
  readonly peakMb: number
}

export interface Overload {
  /** How long the capacity is measured. */
  readonly peakSeconds: number
  readonly seconds: number
  /** How many requests there are at any time; above 10,000 they fill a mailbox. */
  readonly connections: number
  /** How long another process keeps storage from writing, in the middle of it. */
  readonly stallMs: number
}

/** Measures the capacity of a server, then overloads it. */
export async function overload(options: Overload): Promise<OverloadReport> {
  const { peakSeconds, seconds, connections, stallMs } = options
  const server = await startServer({ seed: seedLoad, environment: unlimited })
  try {
    const peak = await runWrk(server, peakConnections, peakSeconds)
    const livezMs: number[] = []
    const livezStatuses = new Set<number>()
    let [fullestShare, isOver] = [0, false]
    const probes = async (probe: () => Promise<void>): Promise<void> => {
      for (; !isOver; await wait(probeEveryMs)) await probe()
    }
    const probing = Promise.all([
      probes(async () => {
        const startedMs = performance.now()
        livezStatuses.add((await fetch(`${server.baseUrl}/livez`)).status)
        livezMs.push(performance.now() - startedMs)
      }),
      probes(async () => {
        fullestShare = Math.max(fullestShare, ...(await mailboxShares(server)))
      }),
    ])
    const running = runWrk(server, connections, seconds)
    if (stallMs > 0) await stall(server, stallMs)
    const result = await running
    isOver = true
    const recoveryMs = await untilQuick(server)
    await probing
    const peakMb = peakMegabytes(server.pid)
    return { peak, overload: result, livezMs, livezStatuses, fullestShare, recoveryMs, peakMb }
  } finally {
    await server.stop()
  }
}

async function runWrk(
  server: RunningServer,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const unbound = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'm2m',
    client_secret: secretOf('m2m'),
  })
  const bound = new URLSearchParams([...unbound, ['resource', loadResource]])
  const script = join(import.meta.dirname, 'overload.lua')
  const shape = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script]
  const { stdout } = await promisify(execFile)('wrk', [
    ...shape,
    `${server.baseUrl}/oauth/token`,
    '--',
    unbound.toString(),
    bound.toString(),
  ])
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`wrk gave no report:\n${stdout}`)
  return JSON.parse(line)
}

async function stall({ dataDirectory }: RunningServer, stallMs: number): Promise<void> {
  const holder = join(import.meta.dirname, 'exclusive-holder.ts')
  const path = join(dataDirectory, 'authserver.db')
  await promisify(execFile)(process.execPath, [holder, path, String(stallMs)])
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

function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}
