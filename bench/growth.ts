// What a token costs on a server with a long history against one without: CPU per token by thread,
// in rounds of small, large, small, large …, a fresh process and a fresh copy of the database each.
// Run: npm run bench:growth -- --rounds 3 --issuances 1000000

import { waitForCalm } from './load/calm.ts'
import { openGrownWorkspace } from './load/grown-workspace.ts'
import type { Measurement } from './load/measure.ts'
import { measureAuthserver } from './load/session.ts'
import { type Summary, summarize } from './load/summary.ts'
import { createWorkspace, discardWorkspace, type Workspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { rounded } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  rounds: 3,
  connections: 64,
  seconds: 5,
  warmup: 3,
  clients: 10_000,
  resources: 1000,
  issuances: 1_000_000,
})

progress('preparing both databases')
const small = await createWorkspace({ clients: 1000, resources: 1 })
const large = await openGrownWorkspace(settings)

const smalls: Measurement[] = []
const larges: Measurement[] = []
try {
  for (let number = 1; number <= settings.rounds; number += 1) {
    await waitForCalm(20_000)
    smalls.push(...(await measureOn(small, 0)))
    larges.push(...(await measureOn(large, settings.issuances)))
    const micros = [smalls, larges].map((list) => rounded(list.at(-1)?.cpuMicros ?? Number.NaN, 1))
    progress(`round ${number}: ${micros.join(' and ')} µs per token`)
  }
} finally {
  discardWorkspace(small)
}

const summaries = { small: summarize(smalls), large: summarize(larges) }
const result = {
  cpuRatio: rounded(summaries.large.cpuMicros / summaries.small.cpuMicros, 2),
  cpuRatioByThread: ratiosByThread(summaries.large, summaries.small),
  ...summaries,
  rounds: { small: smalls, large: larges },
}

publish({ name: 'growth', settings, result }, isJson, () => {
  console.table({ small: result.small.row, large: result.large.row })
  console.log(`CPU per token, large / small: ${result.cpuRatio}; by thread:`)
  console.table(result.cpuRatioByThread)
})

function measureOn(workspace: Workspace, issuancesBefore: number) {
  const { connections, seconds, warmup } = settings
  return measureAuthserver(
    { database: workspace.database, nodeOptions: [], issuancesBefore },
    { ...workspace, warmupSeconds: warmup, loads: [{ connections, seconds }] },
  )
}

/** Threads that use too little for a ratio to mean anything are left out. */
function ratiosByThread(after: Summary, before: Summary): Readonly<Record<string, number>> {
  const threads = Object.entries(before.cpuMicrosByThread).filter(([, micros]) => micros >= 1)
  return Object.fromEntries(
    threads.map(([label, micros]) => [
      label,
      rounded((after.cpuMicrosByThread[label] ?? Number.NaN) / micros, 2),
    ]),
  )
}
