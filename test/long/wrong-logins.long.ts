// Many wrong passwords beside an ordinary load of tokens, with exact figures for a machine that has
// nothing else to do: one thread hashes as many as it can, others are turned away, and the token
// endpoint hardly notices.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import type { SenderReport } from '../crash/open-loop-sender.ts'
import { measureCapacity, send, startLoadedServer } from '../crash/overload-run.ts'
import { startLoginFlood } from '../support/login-flood.ts'
import type { RunningServer } from '../support/start-server.ts'

const wrongPerSecond = 200
/** With and without the flood in turn, so that other work of the machine meets both alike. */
const rounds = 10
const capacitySeconds = 2
const calmSeconds = 3
/** Thirty in all; the queue of the pool is full after less than one. */
const floodSeconds = 3
/** Of the capacity. */
const loadShare = 0.3

interface Round {
  readonly calm: SenderReport
  readonly flooded: SenderReport
  /** Answers to wrong sign-ins by status. */
  readonly statuses: ReadonlyMap<number, number>
  /** Threads of the pool. */
  readonly hashing: number
}

function countHashing({ pid }: RunningServer): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const names = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8'))
  return names.filter((name) => name.startsWith('password-pool')).length
}

async function playRound(server: RunningServer): Promise<Round> {
  // Each time anew: it is the share of what the machine can do now that matters.
  const capacity = await measureCapacity(server, capacitySeconds)
  const load = { connections: 32, perSecond: loadShare * capacity }
  const calm = await send(server, { ...load, seconds: calmSeconds })
  const flood = await startLoginFlood(server.port, wrongPerSecond)
  const flooded = await send(server, { ...load, seconds: floodSeconds })
  const statuses = await flood.stop()
  return { calm, flooded, statuses, hashing: countHashing(server) }
}

const middle = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0

describe(`${wrongPerSecond} wrong passwords per second`, () => {
  let played: readonly Round[] = []

  before(async () => {
    const server = await startLoadedServer({ AUTHPLANE_ACTORS_CRYPTO_POOL_THREADS: '1' })
    try {
      const all: Round[] = []
      for (let count = 0; count < rounds; count += 1) all.push(await playRound(server))
      played = all
    } finally {
      await server.stop()
    }
    console.table(played.map(rowOf))
  })

  test('are hashed by one thread, and those beyond its queue are turned away', () => {
    for (const { statuses, hashing } of played) {
      assert.equal(hashing, 1)
      assert.deepEqual([...statuses.keys()].toSorted(), [422, 503])
      const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0)
      assert.ok(sent >= 0.9 * wrongPerSecond * floodSeconds, `control: ${sent} were sent`)
      assert.ok((statuses.get(422) ?? 0) >= floodSeconds, 'control: some were hashed')
    }
  })

  test('move the slowest hundredth of the tokens by a half at most', () => {
    const calm = middle(played.map((round) => round.calm.acceptedMs.p99))
    const flooded = middle(played.map((round) => round.flooded.acceptedMs.p99))

    assert.ok(flooded <= 1.5 * calm, `${calm} ms without, ${flooded} ms with them`)
  })

  test('cost nobody a token', () => {
    for (const { flooded } of played) {
      assert.equal(flooded.improper, 0)
      assert.equal(flooded.refused, 0)
      assert.equal(flooded.unanswered, 0)
    }
  })
})

function rowOf({ calm, flooded, statuses }: Round) {
  return {
    'tokens/s': Math.round(calm.tokens / calm.seconds),
    'calm p50': calm.acceptedMs.p50,
    'calm p99': calm.acceptedMs.p99,
    'flooded p50': flooded.acceptedMs.p50,
    'flooded p99': flooded.acceptedMs.p99,
    'hashed/s': Math.round((statuses.get(422) ?? 0) / floodSeconds),
    'refused/s': Math.round((statuses.get(503) ?? 0) / floodSeconds),
  }
}
