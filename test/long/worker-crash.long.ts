// The long form of test/crash/worker-crash.test.ts, with the exact figures (reliability G4). A
// round is every fault of every actor.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crashWorkers, silences, workerFaults } from '../crash/worker-rounds.ts'
import { seedOfRun } from '../support/history-chance.ts'

const rounds = Number(process.env['ROUNDS'] ?? 10)
const seed = seedOfRun()

test(`workers crash and hang for ${rounds} rounds under load (SEED=${seed})`, async (t) => {
  const report = await crashWorkers(seed, Array(rounds).fill(workerFaults).flat())
  const isSilent = (way: string): boolean => silences.some((silence) => silence === way)
  const crashed = report.outages.filter(({ way }) => !isSilent(way)).map(({ backMs }) => backMs)
  const silent = report.outages
    .filter(({ way }) => isSilent(way))
    .map(({ noticedMs, backMs }) => noticedMs + backMs)
  t.diagnostic(`${report.heldTokens} tokens held, ${report.refusals} requests refused`)
  t.diagnostic(`back after a crash: ${spread(crashed)}`)
  t.diagnostic(`back after a silence: ${spread(silent)}`)

  assert.deepEqual(report.violations, [])
  assert.deepEqual(report.dishonest, [])
  assert.deepEqual([...new Set(report.exitStatuses)], [0])
  assert.ok(ninetyNinth(crashed) <= 250)
  assert.ok(ninetyNinth(silent) <= 1000)
})

function ninetyNinth(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY
}

function spread(values: readonly number[]): string {
  const median = values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0
  return `median ${Math.round(median)} ms, 99th percentile ${Math.round(ninetyNinth(values))} ms`
}
