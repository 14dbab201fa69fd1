// What a process of its own costs the signer (decision 19): tokens per second, CPU per token, that
// of the process included, and latency with `actors.signer.isolation: process` against `worker`.
// Rounds of both, a fresh server and database each.
// Run: npm run bench:isolation -- --rounds 5 --seconds 5
import { waitForCalm } from './load/calm.ts'
import type { Measurement } from './load/measure.ts'
import { measureAuthserver } from './load/session.ts'
import { summarize } from './load/summary.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { median, rounded } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  rounds: 5,
  connections: 64,
  seconds: 5,
  warmup: 6,
  clients: 1000,
  resources: 1,
  calm: 20,
})

const isolations = ['worker', 'process'] as const
const measured: Record<(typeof isolations)[number], Measurement[]> = { worker: [], process: [] }

progress('preparing the database')
const workspace = await createWorkspace(settings)
try {
  for (let number = 1; number <= settings.rounds; number += 1) {
    await waitForCalm(settings.calm * 1000)
    // Who comes first alternates: a machine that slows down must not favour one of them.
    const order = number % 2 === 1 ? isolations : isolations.toReversed()
    for (const isolation of order) measured[isolation].push(...(await measureWith(isolation)))
    const rates = isolations.map((name) => Math.round(measured[name].at(-1)?.tokensPerSecond ?? 0))
    progress(`round ${number}: ${rates.join(', ')} tokens/s (${isolations.join(', ')})`)
  }
} finally {
  discardWorkspace(workspace)
}

const result = {
  /** Of the process against the worker. */
  ratios: {
    cpu: ratios(({ cpuMicros }) => cpuMicros),
    tokensPerSecond: ratios(({ tokensPerSecond }) => tokensPerSecond),
    p99: ratios(({ latencyMs }) => latencyMs.p99),
  },
  worker: summarize(measured.worker),
  process: summarize(measured.process),
  rounds: measured,
}

publish({ name: 'isolation', settings, result }, isJson, () => {
  console.table({ worker: result.worker.row, process: result.process.row })
  console.log('process against worker, by round:')
  console.table(result.ratios)
})

function measureWith(isolation: string): Promise<readonly Measurement[]> {
  const { connections, seconds, warmup } = settings
  return measureAuthserver(
    {
      database: workspace.database,
      nodeOptions: [],
      environment: { AUTHPLANE_ACTORS_SIGNER_ISOLATION: isolation },
      issuancesBefore: 0,
    },
    { ...workspace, warmupSeconds: warmup, loads: [{ connections, seconds }] },
  )
}

/** Of each round, then their median. */
function ratios(pick: (one: Measurement) => number) {
  const each = measured.process.map((one, index) => {
    const other = measured.worker[index]
    return other === undefined ? Number.NaN : rounded(pick(one) / pick(other), 2)
  })
  return { median: rounded(median(each), 2), each: each.join(', ') }
}
