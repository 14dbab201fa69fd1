// The long form of test/crash/failpoints.test.ts, with the exact figures (reliability G1). A round
// is a crash at every failpoint.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atFailpoint, failpoints, killAgainAndAgain } from '../crash/kill-rounds.ts'
import { seedOfRun } from '../support/history-chance.ts'

const rounds = Number(process.env['ROUNDS'] ?? 5)
const seed = seedOfRun()

test(`${rounds} rounds of failpoints lose and invent nothing (SEED=${seed})`, async (t) => {
  const strikes = failpoints.map((failpoint) => atFailpoint(failpoint, 1000))
  const report = await killAgainAndAgain({ seed, strikes: Array(rounds).fill(strikes).flat() })
  const readyMs = report.readyMs.map(Math.round).toSorted((left, right) => left - right)
  t.diagnostic(`${report.heldTokens} tokens held, ${report.unheldTokens} stored without an answer`)
  t.diagnostic(`${report.unknown} answers lost, ${report.acknowledgedDeletions} clients deleted`)
  t.diagnostic(`ready after ${readyMs.join(', ')} ms`)

  assert.deepEqual(report.violations, [])
  assert.ok(report.unheldTokens >= rounds)
  assert.ok(report.acknowledgedDeletions >= 1)
  assert.ok((readyMs.at(-1) ?? Number.POSITIVE_INFINITY) <= 2000)
})
