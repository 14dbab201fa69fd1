// Overload with exact figures (reliability G5): more requests at once than the mailboxes hold, so
// that the server sheds. It needs a machine that does nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overload } from '../crash/overload-run.ts'

test('a server that sheds serves nearly as many as it can, within its bounds', async (t) => {
  const load = { peakSeconds: 5, seconds: 10, connections: 12_000, stallMs: 0 }
  const report = await overload(load)
  const goodput = report.overload.tokens / report.overload.seconds
  const peak = report.peak.tokens / report.peak.seconds
  const livezMs = Math.round(Math.max(...report.livezMs))
  t.diagnostic(`${Math.round(goodput)} tokens/s of ${Math.round(peak)}; /livez ${livezMs} ms`)
  t.diagnostic(JSON.stringify({ ...report.overload, peakMb: report.peakMb }))
  t.diagnostic(
    `fullest mailbox ${report.fullestShare}; recovery ${Math.round(report.recoveryMs)} ms`,
  )

  assert.ok(report.overload.shed > 0)
  assert.equal(report.overload.improper, 0)
  assert.ok(report.fullestShare <= 1)
  assert.ok(report.recoveryMs <= 2000)
  assert.ok(goodput >= 0.9 * peak)
})
