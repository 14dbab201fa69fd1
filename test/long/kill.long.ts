// The long form of test/crash/kill.test.ts, with the exact figures (reliability G1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atRandomMoment, killAgainAndAgain } from '../crash/kill-rounds.ts'
import { seedOfRun } from '../support/history-chance.ts'

const rounds = Number(process.env['ROUNDS'] ?? 20)
const seed = seedOfRun()

test(`${rounds} crashes under load lose and invent nothing (SEED=${seed})`, async (t) => {
  const report = await killAgainAndAgain({
    seed,
    strikes: Array(rounds).fill(atRandomMoment(3000)),
  })
  const readyMs = report.readyMs.map(Math.round).toSorted((left, right) => left - right)
  t.diagnostic(`${report.heldTokens} tokens held, ${report.unknown} answers lost`)
  t.diagnostic(`ready after ${readyMs.join(', ')} ms`)

  assert.deepEqual(report.violations, [])
  assert.ok(report.acknowledgedDeletions >= 1)
  assert.ok((readyMs.at(-1) ?? Number.POSITIVE_INFINITY) <= 2000)
})
