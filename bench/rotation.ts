// What the rotation of a refresh token costs: CPU per answer and by thread, against a
// client_credentials token of the same clients. Each request refreshes a family, in random order,
// with the newest token of it. Rounds of both, a fresh server and a fresh copy of the database
// each. Run: node bench/rotation.ts --rounds 5 --seconds 4
import { join } from 'node:path'
import { startAuthserver } from './load/authserver.ts'
import { countIssuances } from './load/bulk-issuances.ts'
import { waitForCalm } from './load/calm.ts'
import { checkToken } from './load/check-token.ts'
import { type Measurement, measure } from './load/measure.ts'
import { seedFamilies, writeRefreshRequests } from './load/seed-families.ts'
import { summarize } from './load/summary.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { median, rounded } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  rounds: 3,
  connections: 64,
  seconds: 4,
  // With less, the compilers still work on what is measured.
  warmup: 8,
  clients: 1000,
  resources: 1,
  families: 10_000,
  /** Families that warm the server up: what was under way when a load ended is unknown. */
  warmupFamilies: 2000,
  calm: 20,
})

const kinds = ['clientCredentials', 'rotation'] as const
type Kind = (typeof kinds)[number]
const measured: Record<Kind, Measurement[]> = { clientCredentials: [], rotation: [] }

progress('preparing the database')
const workspace = await createWorkspace(settings)
const { database, population, directory } = workspace
const paths = { warmup: join(directory, 'warmup'), rotations: join(directory, 'rotations') }
try {
  const known = await seedFamilies(
    database,
    population,
    settings.families + settings.warmupFamilies,
  )
  writeRefreshRequests(known.slice(0, settings.warmupFamilies), paths.warmup)
  writeRefreshRequests(known.slice(settings.warmupFamilies), paths.rotations)
  const before = countIssuances(database)
  for (let number = 1; number <= settings.rounds; number += 1) {
    // Who comes first alternates: a machine that slows down must not favour one of them.
    const order = number % 2 === 1 ? kinds : kinds.toReversed()
    for (const kind of order) measured[kind].push(await measureKind(kind, before))
    const costs = kinds.map((kind) => Math.round(measured[kind].at(-1)?.cpuMicros ?? 0))
    progress(`round ${number}: ${costs.join(', ')} µs of CPU per answer (${kinds.join(', ')})`)
  }
} finally {
  discardWorkspace(workspace)
}

const result = {
  /** Of rotations against client_credentials. */
  ratios: {
    cpu: ratios(({ cpuMicros }) => cpuMicros),
    perSecond: ratios(({ tokensPerSecond }) => tokensPerSecond),
  },
  clientCredentials: summarize(measured.clientCredentials),
  rotation: summarize(measured.rotation),
  rounds: measured,
}

publish({ name: 'rotation', settings, result }, isJson, () => {
  console.table({
    client_credentials: result.clientCredentials.row,
    rotation: result.rotation.row,
  })
  console.log('a rotation against a client_credentials token, by round:')
  console.table(result.ratios)
})

async function measureKind(kind: Kind, before: number): Promise<Measurement> {
  const server = await startAuthserver({ database, nodeOptions: [] })
  try {
    const measurement = await measureWith(server, kind).finally(() => server.stop())
    const kept = countIssuances(server.databasePath) - before
    if (kept < measurement.tokens) throw new Error('a token was answered and is not known')
    return measurement
  } finally {
    server.discard()
  }
}

async function measureWith(
  server: Parameters<typeof checkToken>[0],
  kind: Kind,
): Promise<Measurement> {
  await checkToken(server, population)
  const { connections, seconds, warmup } = settings
  const { warmupPath, requestsPath, script } =
    kind === 'rotation'
      ? {
          warmupPath: paths.warmup,
          requestsPath: paths.rotations,
          script: 'wrk-rotations.lua' as const,
        }
      : {
          warmupPath: workspace.requestsPath,
          requestsPath: workspace.requestsPath,
          script: 'wrk-tokens.lua' as const,
        }
  await waitForCalm(settings.calm * 1000)
  await measure(server, { connections, seconds: warmup, requestsPath: warmupPath, script })
  return await measure(server, { connections, seconds, requestsPath, script })
}

/** Of each round, then their median. */
function ratios(pick: (one: Measurement) => number) {
  const each = measured.rotation.map((one, index) => {
    const other = measured.clientCredentials[index]
    return other === undefined ? Number.NaN : rounded(pick(one) / pick(other), 2)
  })
  return { median: rounded(median(each), 2), each: each.join(', ') }
}
