// What a crash of the whole process leaves of codes and refresh tokens (decisions B1, B2;
// reliability B1): each was good once, whatever was lost, and what came of it is stored.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { seedOfRun } from '../support/history-chance.ts'
import { type GrantKillReport, killAmongGrants } from './grant-rounds.ts'
import { atRandomMoment } from './kill-rounds.ts'

const rounds = 3
const seed = seedOfRun()

describe(`a server that was killed while apps refreshed (SEED=${seed})`, () => {
  let report: GrantKillReport

  before(async () => {
    report = await killAmongGrants({ seed, strikes: Array(rounds).fill(atRandomMoment(500)) })
  })

  test('control: it answered, refused, lost answers, and much was presented again', (t) => {
    const { accepted, refused, unknown, replayed } = report
    t.diagnostic(`${accepted} accepted, ${refused} refused, ${unknown} lost, ${replayed} replayed`)
    assert.ok(accepted >= rounds * 10, `${accepted} accepted`)
    assert.ok(unknown >= rounds, `${unknown} lost answers`)
    assert.ok(replayed >= rounds * 10, `${replayed} replayed`)
  })

  test('refused everything that was spent when it came again', () => {
    assert.equal(report.refusedReplays, report.replayed)
  })

  test('accepted each code and refresh token once, and forgot and invented nothing', () => {
    assert.deepEqual(report.violations, [])
  })
})
