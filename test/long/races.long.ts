// The long form of test/races/races.test.ts (reliability B2).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raceAgainAndAgain } from '../races/race-rounds.ts'
import { seedOfRun } from '../support/history-chance.ts'

const races = Number(process.env['ROUNDS'] ?? 170)
const seed = seedOfRun()

for (const graceSeconds of [0, 10]) {
  test(`${3 * races} races with ${graceSeconds} s of grace (SEED=${seed})`, async (t) => {
    const report = await raceAgainAndAgain({ seed, races, graceSeconds })
    t.diagnostic(`${report.contenders} contenders`)

    assert.deepEqual(report.violations, [])
    assert.equal(report.races, 3 * races)
  })
}
