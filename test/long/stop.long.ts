// The long form of test/crash/stop.test.ts (reliability G9).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stopAgainAndAgain } from '../crash/stop-rounds.ts'
import { seedOfRun } from '../support/history-chance.ts'

const rounds = Number(process.env['ROUNDS'] ?? 50)
const seed = seedOfRun()

test(`${rounds} stops under load fail no request (SEED=${seed})`, async (t) => {
  const { statuses, stopMs, tokens, ...faults } = await stopAgainAndAgain(rounds, seed)
  t.diagnostic(`${tokens} tokens; slowest stop ${Math.round(Math.max(...stopMs))} ms`)

  assert.deepEqual(statuses, Array(rounds).fill(0))
  assert.deepEqual(faults, { refusals: 0, unanswered: [], strangeFailures: [], cutOff: 0 })
  assert.ok(Math.max(...stopMs) <= 10_000)
})
