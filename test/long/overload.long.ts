// Overload with exact figures (reliability G5): half of the capacity of a server to five times it,
// on a machine that does nothing else.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type OverloadReport, type OverloadStep, overload } from '../crash/overload-run.ts'
import { rateBeside } from '../crash/slow-senders-run.ts'

/** One row per commit: the disk and not the processor decides how much the server can do. */
const slowStorage = { AUTHPLANE_ACTORS_STORAGE_COMMIT_ROWS_MAX: '1' }
const load = { capacitySeconds: 5, seconds: 6, connections: 2000 }

describe('a server whose disk is asked for more than it can do', () => {
  let report: OverloadReport

  before(async () => {
    report = await overload({ ...load, environment: slowStorage, multiples: [0.5, 1, 2, 3, 5] })
    show(report)
  })

  test('serves nearly as many as it can', () => {
    assert.ok(at(report, 3).goodput >= 0.9, `${at(report, 3).goodput}`)
  })

  test('answers soon, whether it serves or refuses', () => {
    const { acceptedMs, refusedMs } = at(report, 3).report

    assert.ok(acceptedMs.p99 <= 250, `${acceptedMs.p99} ms`)
    assert.ok(refusedMs.p99 <= 20, `${refusedMs.p99} ms`)
  })

  test('is quick again soon after, and as large as before by a half at most', () => {
    assertRecovered(report)
  })

  test('answers properly and stays within its mailboxes', () => {
    assertProper(report)
  })
})

// Here server and sender share the processors, and a refusal costs a sixth of a token: ADR 20 says
// why no more than this can be asked for.
describe('a server whose processors are asked for more than they can do', () => {
  const multiples = [0.5, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, Number.POSITIVE_INFINITY]
  let report: OverloadReport

  before(async () => {
    report = await overload({ ...load, environment: {}, multiples })
    show(report)
  })

  test('serves nearly as many as it can while the processors suffice', () => {
    assert.ok(at(report, 1.25).goodput >= 0.9, `${at(report, 1.25).goodput}`)
    assert.ok(at(report, 1.25).report.acceptedMs.p99 <= 250)
  })

  test('is quick again soon after, and as large as before by a half at most', () => {
    assertRecovered(report)
  })

  test('answers properly and stays within its mailboxes', () => {
    assertProper(report)
  })
})

test('a thousand who send slowly leave the rate to all others', async () => {
  const { share, stayed } = await rateBeside({ senders: 1000, seconds: 3, rounds: 3 })
  assert.equal(stayed, 1000, 'control: they were there all the time')
  assert.ok(share >= 0.8, `${share}`)
})

function at(report: OverloadReport, multiple: number): OverloadStep {
  const step = report.steps.find((one) => one.multiple === multiple)
  assert.ok(step !== undefined)
  return step
}

/** Memory is looked at up to three times the capacity; beyond, the sockets themselves weigh. */
function assertRecovered(report: OverloadReport): void {
  const { recoveryMs, steadyMb } = report
  const { peakMb } = at(report, 3)
  assert.ok(recoveryMs <= 2000, `${recoveryMs} ms`)
  assert.ok(peakMb <= 1.5 * steadyMb, `${steadyMb} to ${peakMb} MB`)
}

function assertProper(report: OverloadReport): void {
  for (const { report: sent } of report.steps) {
    assert.equal(sent.improper, 0)
    assert.equal(sent.unanswered, 0)
  }
  assert.ok(at(report, 3).report.refused > 0)
  assert.ok(report.fullestShare <= 1)
  assert.deepEqual([...report.livezStatuses], [200])
}

function show({ capacity, capacityAfter, steps }: OverloadReport): void {
  console.log(`${Math.round(capacity)} tokens/s, afterwards ${Math.round(capacityAfter)}`)
  console.table(steps.map(rowOf))
}

function rowOf({ multiple, goodput, cores, peakMb, report }: OverloadStep) {
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
    'peak MB': peakMb,
    'server cores': Math.round(cores * 100) / 100,
    'sender µs': Math.round(report.microsEach),
  }
}
