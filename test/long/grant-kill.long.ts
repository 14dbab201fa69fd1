// The long form of test/crash/grant-kill.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killAmongGrants } from '../crash/grant-rounds.ts'
import { atRandomMoment } from '../crash/kill-rounds.ts'
import { seedOfRun } from '../support/history-chance.ts'

const rounds = Number(process.env['ROUNDS'] ?? 20)
const seed = seedOfRun()

test(`${rounds} crashes among apps spend nothing twice (SEED=${seed})`, async (t) => {
  const strikes = Array(rounds).fill(atRandomMoment(1500))
  const report = await killAmongGrants({ seed, strikes })
  t.diagnostic(`${report.accepted} accepted, ${report.unknown} lost, ${report.replayed} replayed`)

  assert.deepEqual(report.violations, [])
  assert.ok(report.replayed > 0)
  assert.equal(report.refusedReplays, report.replayed)
})
