// What clients and the database see of workers that crash or hang in any way (decisions D15, B21;
// reliability B3): storage and signer are struck one after the other under mixed load; the process
// lives, and whatever was acknowledged is so.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { seedOfRun } from '../support/history-chance.ts'
import { crashWorkers, type WorkerReport, workerFaults } from './worker-rounds.ts'

/** Others use the machine too; the long form asks for the exact figures. */
const noticedMsMax = 4000
const backMsMax = 5000

const seed = seedOfRun()

describe(`a server whose workers crashed and hung in every way (SEED=${seed})`, () => {
  let report: WorkerReport

  before(async () => {
    report = await crashWorkers(seed, workerFaults)
  })

  test('control: it had answered tokens, and refused some', () => {
    assert.equal(report.outages.length, workerFaults.length)
    assert.ok(report.heldTokens >= 10 * workerFaults.length, `${report.heldTokens} tokens`)
    assert.ok(report.refusals >= workerFaults.length, `${report.refusals} refusals`)
  })

  test('has kept every promise and invented nothing', () => {
    assert.deepEqual(report.violations, [])
  })

  test('told whoever it refused when to come again', () => {
    assert.deepEqual(report.dishonest, [])
  })

  test('lived through all of it, and ended in good order', () => {
    assert.deepEqual(
      report.exitStatuses.filter((status) => status !== 0),
      [],
    )
  })

  test('refused for a short time only', (t) => {
    for (const { actor, way, noticedMs, backMs } of report.outages) {
      const times = `noticed ${Math.round(noticedMs)} ms, back ${Math.round(backMs)} ms`
      const said = `${way} of ${actor}: ${times}`
      t.diagnostic(said)
      assert.ok(noticedMs <= noticedMsMax && backMs <= backMsMax, said)
    }
  })
})
