// SIGTERM under load, again and again: whoever had asked is answered (reliability G9).
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { seedOfRun } from '../support/history-chance.ts'
import { type StopReport, stopAgainAndAgain } from './stop-rounds.ts'

const rounds = 5
const seed = seedOfRun()

describe(`a server that is stopped five times under load (SEED=${seed})`, () => {
  let report: StopReport

  before(async () => {
    report = await stopAgainAndAgain(rounds, seed)
  })

  test('answers every request that it had begun, and with a token', (t) => {
    const stopMs = report.stopMs.map(Math.round)
    t.diagnostic(`${report.tokens} tokens; stopped after ${stopMs.join(', ')} ms`)

    assert.ok(report.tokens >= rounds * 20)
    assert.equal(report.refusals, 0)
    assert.deepEqual(report.unanswered, [])
    assert.deepEqual(report.strangeFailures, [])
  })

  test('ends by itself each time, and cuts nobody off', () => {
    assert.deepEqual(report.statuses, Array(rounds).fill(0))
    assert.equal(report.cutOff, 0)
  })
})
