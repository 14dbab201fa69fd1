// Codes, refresh tokens and proofs are good as often as they should be, however many try at once
// (spec 02 §5.1, decisions B1–B3, B8; reliability B2).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seedOfRun } from '../support/history-chance.ts'
import { raceAgainAndAgain } from './race-rounds.ts'

const seed = seedOfRun()
const races = 10

describe(`races of 8 to 50 contenders (SEED=${seed})`, () => {
  for (const graceSeconds of [0, 10]) {
    test(`have exactly the allowed winners with ${graceSeconds} s of grace`, async (t) => {
      const report = await raceAgainAndAgain({ seed, races, graceSeconds })
      t.diagnostic(`${report.races} races, ${report.contenders} contenders`)

      assert.deepEqual(report.violations, [])
      assert.equal(report.races, 3 * races)
    })
  }
})
