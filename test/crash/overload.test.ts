// More work than there is time for (reliability B9): the server refuses early and politely, stays
// within its bounds, and is itself again when the load is gone.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type OverloadReport, type OverloadStep, overload } from './overload-run.ts'

/** Three times what a quiet machine needs, and more; test/long/overload.long.ts has the figures. */
const [livezMsMax, recoveryMsMax, growthMax] = [3000, 6000, 2]
const goodputMin = 0.05

describe('a server that is asked again as soon as it refuses', () => {
  let report: OverloadReport
  let step: OverloadStep

  before(async () => {
    report = await overload({
      environment: {},
      capacitySeconds: 1,
      seconds: 3,
      connections: 2000,
      multiples: [Number.POSITIVE_INFINITY],
    })
    assert.ok(report.steps[0] !== undefined)
    step = report.steps[0]
  })

  test('goes on to serve, and says to all others when to come again', (t) => {
    const { tokens, refused, improper, acceptedMs } = step.report
    t.diagnostic(
      `${tokens} tokens, ${refused} refusals, ${step.goodput.toFixed(2)} of the capacity`,
    )
    t.diagnostic(`accepted: 99 % within ${acceptedMs.p99} ms`)

    assert.ok(refused > 0)
    assert.equal(improper, 0)
    assert.ok(step.goodput >= goodputMin, `${step.goodput}`)
  })

  test('keeps within a bound of memory', (t) => {
    const { fullestShare, steadyMb, peakMb } = report
    t.diagnostic(`fullest mailbox ${fullestShare.toFixed(2)}, ${steadyMb} MB, ${peakMb} at most`)

    assert.ok(peakMb <= growthMax * steadyMb, `${peakMb} MB`)
  })

  test('says throughout that it is alive', (t) => {
    const slowestMs = Math.round(Math.max(...report.livezMs))
    t.diagnostic(`slowest of ${report.livezMs.length} answers of /livez: ${slowestMs} ms`)

    assert.deepEqual([...report.livezStatuses], [200])
    assert.ok(slowestMs <= livezMsMax, `${slowestMs} ms`)
  })

  test('is quick again soon after', (t) => {
    t.diagnostic(`after ${Math.round(report.recoveryMs)} ms`)

    assert.ok(report.recoveryMs <= recoveryMsMax, `${Math.round(report.recoveryMs)} ms`)
  })
})
