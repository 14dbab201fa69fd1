// Tokens per second against oidc-provider on this machine: rounds of A, B, C, A, B, C … in one run,
// a fresh process each, so that all see the same weather. What counts is the ratio within a round.
// Run: npm run bench:peer -- --rounds 5 --connections 64 --clients 1000 --seconds 5

import { foreignCoresMax, waitForCalm } from './load/calm.ts'
import type { Measurement } from './load/measure.ts'
import { type ClientHome, startOidcProvider } from './load/oidc-provider.ts'
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

/** Measurements of each contender, with many connections first and with one connection after. */
interface Round {
  readonly authserver: readonly Measurement[]
  readonly adapterPeer: readonly Measurement[]
  readonly staticPeer: readonly Measurement[]
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
    const peers = `${rate(round.adapterPeer)} and ${rate(round.staticPeer)}`
    progress(`${rate(round.authserver)} against ${peers} tokens/s${remark}`)
  }
} finally {
  discardWorkspace(workspace)
}

disturbed.sort((one, other) => foreignCores(one) - foreignCores(other))
const rounds = [...calm, ...disturbed].slice(0, settings.rounds)
const result = {
  /** The peer's clients are in its in-memory adapter. */
  adapterRatios: ratiosTo('adapterPeer'),
  /** The peer's clients are static: its fastest arrangement. */
  staticRatios: ratiosTo('staticPeer'),
  authserver: summarizeLoads(rounds.map((round) => round.authserver)),
  adapterPeer: summarizeLoads(rounds.map((round) => round.adapterPeer)),
  staticPeer: summarizeLoads(rounds.map((round) => round.staticPeer)),
  disturbedRounds: disturbed.length,
  disturbedRoundsCounted: rounds.length - calm.length,
  rounds,
}

publish({ name: 'peer', settings, result }, isJson, () => {
  const { authserver, adapterPeer, staticPeer } = result
  console.table({
    [`authserver, c=${settings.connections}`]: authserver.many.row,
    [`oidc-provider, clients in adapter, c=${settings.connections}`]: adapterPeer.many.row,
    [`oidc-provider, static clients, c=${settings.connections}`]: staticPeer.many.row,
    'authserver, c=1': authserver.single.row,
    'oidc-provider, clients in adapter, c=1': adapterPeer.single.row,
    'oidc-provider, static clients, c=1': staticPeer.single.row,
  })
  console.log(`rounds repeated because of other load: ${disturbed.length}`)
  console.log('tokens/s of authserver / oidc-provider, per round and median:')
  console.log(`  clients in adapter: ${describe(result.adapterRatios)}`)
  console.log(`  static clients:     ${describe(result.staticRatios)}`)
})

interface Ratios {
  readonly each: readonly number[]
  readonly median: number
}

function ratiosTo(peer: 'adapterPeer' | 'staticPeer'): Ratios {
  const each = rounds.map((round) => rate(round.authserver) / rate(round[peer]))
  return { each: each.map((ratio) => rounded(ratio, 2)), median: rounded(median(each), 2) }
}

function describe({ each, median: middle }: Ratios): string {
  return `${each.join(', ')}; median ${middle}`
}

async function measureRound(): Promise<Round> {
  const start = { database: workspace.database, nodeOptions: [], issuancesBefore: 0 }
  const authserver = await measureAuthserver(start, session)
  const { populationPath } = workspace
  const measurePeer = async (home: ClientHome) =>
    measureSession(await startOidcProvider(populationPath, home), session)
  return {
    authserver,
    adapterPeer: await measurePeer('adapter'),
    staticPeer: await measurePeer('static'),
  }
}

/** The worst disturbance of the loads with many connections. */
function foreignCores(round: Round): number {
  const sessions = [round.authserver, round.adapterPeer, round.staticPeer]
  return Math.max(...sessions.map(([many]) => many?.foreignCores ?? 0))
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
