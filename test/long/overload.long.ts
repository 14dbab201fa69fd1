// Overload with exact figures (reliability G5): half of the capacity of a server to five times it,
// on a machine that does nothing else.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type OverloadReport, type OverloadStep, overload } from '../crash/overload-run.ts'
import { rateBeside } from '../crash/slow-senders-run.ts'

const multiples = [0.5, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, Number.POSITIVE_INFINITY]

describe('a server that is asked for more than it can do', () => {
  let report: OverloadReport
  const at = (multiple: number): OverloadStep => {
    const step = report.steps.find((one) => one.multiple === multiple)
    assert.ok(step !== undefined)
    return step
  }

  before(async () => {
    report = await overload({ capacitySeconds: 5, seconds: 6, connections: 2000, multiples })
    console.log(`${Math.round(report.capacity)} tokens/s, afterwards ${report.capacityAfter | 0}`)
    console.table(report.steps.map(rowOf))
  })

  test('serves nearly as many as it can', () => {
    assert.ok(at(1.25).goodput >= 0.9, `${at(1.25).goodput}`)
  })

  test('answers soon, whether it serves or refuses', () => {
    assert.ok(at(1.25).report.acceptedMs.p99 <= 250, `${at(1.25).report.acceptedMs.p99} ms`)
    assert.ok(at(1.25).report.refusedMs.p50 <= 50, `${at(1.25).report.refusedMs.p50} ms`)
  })

  test('is quick again soon after, and as large as before by a half at most', () => {
    assert.ok(report.recoveryMs <= 2000, `${report.recoveryMs} ms`)
    assert.ok(report.peakMb <= 1.5 * report.steadyMb, `${report.steadyMb} to ${report.peakMb} MB`)
  })

  test('leaves the rate to all others when a thousand send slowly', async () => {
    const { share, stayed } = await rateBeside({ senders: 1000, seconds: 3, rounds: 3 })
    assert.equal(stayed, 1000, 'control: they were there all the time')
    assert.ok(share >= 0.8, `${share}`)
  })

  test('answers properly and stays within its mailboxes', () => {
    for (const { report: sent } of report.steps) {
      assert.equal(sent.improper, 0)
      assert.equal(sent.unanswered, 0)
    }
    assert.ok(at(3).report.refused > 0)
    assert.ok(report.fullestShare <= 1)
    assert.deepEqual([...report.livezStatuses], [200])
  })
})

function rowOf({ multiple, goodput, cores, report }: OverloadStep) {
  const { acceptedMs, refusedMs } = report
  return {
    multiple,
    goodput: Math.round(goodput * 100) / 100,
    'refused/s': Math.round(report.refused / report.seconds),
    'accepted p50': acceptedMs.p50,
    'accepted p99': acceptedMs.p99,
    'refused p50': refusedMs.p50,
    'refused p99': refusedMs.p99,
    unsent: report.unsent,
    'server cores': Math.round(cores * 100) / 100,
    'sender µs': Math.round(report.microsEach),
  }
}
