// Tokens per second against oidc-provider on this machine: rounds of A, B, A, B … in one run, a
// fresh process each, so that both see the same weather. What counts is the ratio of each pair.
// Run: npm run bench:peer -- --rounds 5 --connections 64 --clients 1000 --seconds 5

import { foreignCoresMax, waitForCalm } from './load/calm.ts'
import type { Measurement } from './load/measure.ts'
import { startOidcProvider } from './load/oidc-provider.ts'
import { measureAuthserver, measureSession } from './load/session.ts'
import { summarize } from './load/summary.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { median, rounded } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  rounds: 5,
  connections: 64,
  clients: 1000,
  resources: 1,
  seconds: 5,
  warmup: 3,
  singleSeconds: 2,
})

/** How long a round may wait for other processes to finish. */
const calmPatienceMs = 20_000

interface Round {
  readonly authserver: readonly Measurement[]
  readonly peer: readonly Measurement[]
}

const workspace = await createWorkspace(settings)
const session = {
  ...workspace,
  warmupSeconds: settings.warmup,
  loads: [
    { connections: settings.connections, seconds: settings.seconds },
    { connections: 1, seconds: settings.singleSeconds },
  ],
}

/**
 * Rounds that other processes disturbed: kept in the result, but counted only for want of better.
 */
const disturbed: Round[] = []
const calm: Round[] = []
try {
  for (let tries = 0; calm.length < settings.rounds && tries < 2 * settings.rounds; tries += 1) {
    await waitForCalm(calmPatienceMs)
    const round = await measureRound()
    const isCalm = foreignCores(round) <= foreignCoresMax
    if (isCalm) calm.push(round)
    else disturbed.push(round)
    const remark = isCalm ? '' : ` (disturbed: ${foreignCores(round).toFixed(2)} foreign cores)`
    progress(`${rate(round.authserver)} against ${rate(round.peer)} tokens/s${remark}`)
  }
} finally {
  discardWorkspace(workspace)
}

disturbed.sort((one, other) => foreignCores(one) - foreignCores(other))
const rounds = [...calm, ...disturbed].slice(0, settings.rounds)
const ratios = rounds.map(({ authserver, peer }) => rate(authserver) / rate(peer))
const result = {
  ratioMedian: rounded(median(ratios), 2),
  ratios: ratios.map((ratio) => rounded(ratio, 2)),
  authserver: summarizeLoads(rounds.map((round) => round.authserver)),
  oidcProvider: summarizeLoads(rounds.map((round) => round.peer)),
  disturbedRounds: disturbed.length,
  disturbedRoundsCounted: rounds.length - calm.length,
  rounds,
}

publish({ name: 'peer', settings, result }, isJson, () => {
  console.table({
    [`authserver, c=${settings.connections}`]: result.authserver.many.row,
    [`oidc-provider, c=${settings.connections}`]: result.oidcProvider.many.row,
    'authserver, c=1': result.authserver.single.row,
    'oidc-provider, c=1': result.oidcProvider.single.row,
  })
  console.log(`rounds repeated because of other load: ${disturbed.length}`)
  console.log(`ratio of each pair: ${result.ratios.join(', ')}; median ${result.ratioMedian}`)
})

async function measureRound(): Promise<Round> {
  const start = { database: workspace.database, nodeOptions: [], issuancesBefore: 0 }
  const authserver = await measureAuthserver(start, session)
  const peer = await measureSession(await startOidcProvider(workspace.populationPath), session)
  return { authserver, peer }
}

/** The worst disturbance of the loads with many connections. */
function foreignCores({ authserver, peer }: Round): number {
  return Math.max(authserver[0]?.foreignCores ?? 0, peer[0]?.foreignCores ?? 0)
}

function summarizeLoads(sessions: readonly (readonly Measurement[])[]) {
  return {
    many: summarize(sessions.flatMap(([many]) => many ?? [])),
    single: summarize(sessions.flatMap(([, single]) => single ?? [])),
  }
}

function rate([many]: readonly Measurement[]): number {
  return Math.round(many?.tokensPerSecond ?? Number.NaN)
}
