// What a DPoP proof costs: CPU per token and rate of tokens bound to keys, each key used for 20
// proofs, against the same tokens without. Rounds of both, a fresh server and database each.
// Run: node bench/dpop.ts --rounds 5 --seconds 4
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeProof, makeProofKey } from '../test/support/dpop-client.ts'
import { startAuthserver } from './load/authserver.ts'
import { waitForCalm } from './load/calm.ts'
import { checkToken } from './load/check-token.ts'
import { type Measurement, measure } from './load/measure.ts'
import { tokenRequestOf } from './load/population.ts'
import { summarize } from './load/summary.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'
import { progress, publish } from './results.ts'
import { median, rounded } from './statistics.ts'

const { numbers: settings, isJson } = readOptions({
  rounds: 3,
  connections: 64,
  seconds: 4,
  warmup: 4,
  clients: 1000,
  resources: 1,
  keys: 1000,
  /** Made beforehand, enough for the fastest machine: a proof is good for one request. */
  proofsPerSecond: 8000,
  calm: 20,
})

const kinds = ['bearer', 'dpop'] as const
type Kind = (typeof kinds)[number]
const measured: Record<Kind, Measurement[]> = { bearer: [], dpop: [] }
const keys = Array.from({ length: settings.keys }, makeProofKey)

progress('preparing the database')
const workspace = await createWorkspace(settings)
try {
  for (let number = 1; number <= settings.rounds; number += 1) {
    // Who comes first alternates: a machine that slows down must not favour one of them.
    const order = number % 2 === 1 ? kinds : kinds.toReversed()
    for (const kind of order) measured[kind].push(await measureKind(kind))
    const costs = kinds.map((kind) => Math.round(measured[kind].at(-1)?.cpuMicros ?? 0))
    progress(`round ${number}: ${costs.join(', ')} µs of CPU per token (${kinds.join(', ')})`)
  }
} finally {
  discardWorkspace(workspace)
}

const result = {
  /** Of tokens with a proof against those without. */
  ratios: {
    cpu: ratios(({ cpuMicros }) => cpuMicros),
    tokensPerSecond: ratios(({ tokensPerSecond }) => tokensPerSecond),
  },
  bearer: summarize(measured.bearer),
  dpop: summarize(measured.dpop),
  rounds: measured,
}

publish({ name: 'dpop', settings, result }, isJson, () => {
  console.table({ bearer: result.bearer.row, dpop: result.dpop.row })
  console.log('with a proof against without, by round:')
  console.table(result.ratios)
})

async function measureKind(kind: Kind): Promise<Measurement> {
  const server = await startAuthserver({
    database: workspace.database,
    nodeOptions: [],
    environment: { AUTHPLANE_DPOP_PROOF_LIFETIME: '300s' },
  })
  try {
    await checkToken(server, workspace.population)
    const { connections, seconds, warmup } = settings
    const pathFor = (part: string, lasting: number): string =>
      kind === 'bearer' ? workspace.requestsPath : writeProven(part, server.tokenUrl, lasting)
    const warmupPath = pathFor('warmup', warmup)
    const requestsPath = pathFor('requests', seconds)
    await waitForCalm(settings.calm * 1000)
    await measure(server, { connections, seconds: warmup, requestsPath: warmupPath })
    return await measure(server, { connections, seconds, requestsPath })
  } finally {
    await server.stop()
    server.discard()
  }
}

/** Requests with a proof each, the keys in turn. */
function writeProven(part: string, url: string, seconds: number): string {
  const path = join(workspace.directory, `proven-${part}`)
  const lines = Array.from({ length: seconds * settings.proofsPerSecond }, (_, index) => {
    const key = keys[index % keys.length]
    const proof = key === undefined ? '' : makeProof(key, url, {})
    return `${tokenRequestOf(workspace.population, index)}\t${proof}`
  })
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}

/** Of each round, then their median. */
function ratios(pick: (one: Measurement) => number) {
  const each = measured.dpop.map((one, index) => {
    const other = measured.bearer[index]
    return other === undefined ? Number.NaN : rounded(pick(one) / pick(other), 2)
  })
  return { median: rounded(median(each), 2), each: each.join(', ') }
}
