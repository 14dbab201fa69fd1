// Resident memory of the server: idle, then after about every 20,000 tokens up to 300,000, and how
// much each further million tokens would add once the server is warm. Run: npm run bench:memory --
// --tokens 300000 --every 20000
import { setTimeout as sleep } from 'node:timers/promises'
import { type Authserver, startAuthserver } from './load/authserver.ts'
import { checkToken } from './load/check-token.ts'
import { measure } from './load/measure.ts'
import { type MemoryUsage, readMemory } from './load/memory-usage.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { rounded, slope } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  tokens: 300_000,
  every: 20_000,
  /** Tokens that do not count for the slope: heaps and caches grow to their size first. */
  warmupTokens: 100_000,
  connections: 64,
  clients: 1000,
  resources: 1,
})

interface Point extends MemoryUsage {
  readonly tokens: number
}

/** After load has ended, garbage that waits for a collection would count as memory in use. */
const settleMs = 3000

const workspace = await createWorkspace(settings)
const server = await startAuthserver({ database: workspace.database, nodeOptions: [] })
const points: Point[] = []
let idleAfter: MemoryUsage
try {
  await sleep(settleMs)
  points.push({ tokens: 0, ...readMemory(server.pid) })
  await checkToken(server, workspace.population)
  await issueAll(server)
  await sleep(settleMs)
  idleAfter = readMemory(server.pid)
} finally {
  await server.stop()
  server.discard()
  discardWorkspace(workspace)
}

const warm = points.filter(({ tokens }) => tokens >= settings.warmupTokens)
const result = {
  idleMb: points[0]?.totalMb,
  peakMb: Math.max(...points.map(({ totalMb }) => totalMb)),
  idleAfterMb: idleAfter.totalMb,
  growthMbPerMillionTokens: rounded(
    slope(warm.map(({ tokens, anonymousMb }) => ({ x: tokens / 1e6, y: anonymousMb }))),
    1,
  ),
  points,
}

publish({ name: 'memory', settings, result }, isJson, () => {
  console.table(points)
  console.log(
    `idle ${result.idleMb} MB, peak ${result.peakMb} MB, idle again ${result.idleAfterMb} MB; ` +
      `slope when warm ${result.growthMbPerMillionTokens} MB per million tokens`,
  )
})

/**
 * The generator counts seconds, not requests: the rate so far says how long the next step takes.
 */
async function issueAll(running: Authserver): Promise<void> {
  const { requestsPath } = workspace
  const { connections } = settings
  let tokens = 0
  let seconds = 1
  while (tokens < settings.tokens) {
    const step = await measure(running, { requestsPath, connections, seconds })
    tokens += step.tokens
    points.push({ tokens, ...readMemory(running.pid) })
    progress(`${tokens} tokens: ${points.at(-1)?.totalMb} MB`)
    seconds = Math.max(1, Math.round(settings.every / step.tokensPerSecond))
  }
}
