// What a crash of the whole process at its worst moments leaves behind (decisions D1, D18;
// reliability B1): under mixed load a server kills itself before and after a signature, before and
// after a commit, and before an answer, and whatever clients and administrators were told must be
// so.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { seedOfRun } from '../support/history-chance.ts'
import { atFailpoint, failpoints, type KillReport, killAgainAndAgain } from './kill-rounds.ts'

/** Others use the machine too; the long form asks for the exact figure. */
const readyMsMax = 10_000

const seed = seedOfRun()

describe(`a server that died at each of its failpoints under load (SEED=${seed})`, () => {
  let report: KillReport

  before(async () => {
    const strikes = failpoints.map((failpoint) => atFailpoint(failpoint, 300))
    report = await killAgainAndAgain({ seed, strikes })
  })

  test('control: it had answered tokens and changes, and stored a token without saying so', () => {
    assert.ok(report.heldTokens >= 20, `${report.heldTokens} tokens`)
    assert.ok(report.acknowledgedChanges >= 1, `${report.acknowledgedChanges} changes`)
    assert.ok(report.unheldTokens >= 1, `${report.unheldTokens} unheld tokens`)
  })

  test('has kept every promise and invented nothing', () => {
    assert.deepEqual(report.violations, [])
  })

  test('was ready again soon after each start', (t) => {
    const readyMs = report.readyMs.map(Math.round)
    t.diagnostic(`ready after ${readyMs.join(', ')} ms; ${report.heldTokens} tokens held`)
    t.diagnostic(`${report.unheldTokens} tokens stored that nobody holds`)

    assert.equal(readyMs.length, failpoints.length)
    assert.ok(Math.max(...readyMs) <= readyMsMax, `${readyMs.join(', ')} ms`)
  })
})
