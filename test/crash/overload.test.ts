// More work than there is time for (reliability B9): the server refuses early and politely, stays
// within its bounds, and is itself again when the load is gone.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type OverloadReport, overload } from './overload-run.ts'

/** Three times what a quiet machine needs, and more. */
const [livezMsMax, recoveryMsMax, peakMbMax] = [5000, 6000, 1200]

describe('a server with thousands of requests at once and a storage that stalls', () => {
  let report: OverloadReport

  before(async () => {
    report = await overload({ peakSeconds: 1, seconds: 3, connections: 2000, stallMs: 1500 })
  })

  test('refuses what is too much, and says each time when to come again', (t) => {
    const { refused, improper, tokens } = report.overload
    t.diagnostic(`${tokens} tokens, ${refused} refusals`)

    assert.ok(tokens > 0)
    assert.ok(refused > 0)
    assert.equal(improper, 0)
  })

  test('keeps within a bound of memory', (t) => {
    t.diagnostic(`fullest mailbox ${report.fullestShare.toFixed(2)}, ${report.peakMb} MB at most`)

    assert.ok(report.peakMb <= peakMbMax, `${report.peakMb} MB`)
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
