// Storage stops for longer than anybody waits (reliability B9): some requests wait for it, all
// others are refused at once, and what nobody waits for any more is not done when it goes on.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { limits } from '../../src/base/limits.ts'
import type { RunningServer } from '../support/start-server.ts'
import type { SenderReport } from './open-loop-sender.ts'
import { measureCapacity, megabytes, send, startLoadedServer } from './overload-run.ts'

const stallMs = limits.askMs + 500
const beginMs = 700
const seconds = 7
/** Enough of them wait when storage stops. */
const busy = { connections: 900, perSecond: null, seconds }
const arriving = { connections: 500, perSecond: 500, seconds }

describe('a server whose storage stops for longer than its deadlines', () => {
  let server: RunningServer
  let waiting: SenderReport
  let later: SenderReport
  let steadyMb: number

  before(async () => {
    server = await startLoadedServer({})
    await measureCapacity(server, 1)
    steadyMb = megabytes(server.pid, 'VmRSS')
    const sending = Promise.all([send(server, busy), send(server, arriving)])
    setTimeout(() => void stall(server), beginMs)
    ;[waiting, later] = await sending
  })
  after(() => server.stop())

  test('refuses properly, and at once most of what comes meanwhile', (t) => {
    for (const { improper, unanswered } of [waiting, later]) {
      t.diagnostic(`${unanswered} requests without an answer`)
      assert.equal(improper, 0)
    }
    const { refused, refusedMs } = later
    t.diagnostic(`${refused} refusals, half of them within ${refusedMs.p50} ms`)
    assert.ok(refused >= arriving.perSecond, `${refused} refusals`)
    assert.ok(refusedMs.p50 <= limits.askMs / 10, `${refusedMs.p50} ms`)
  })

  test('lets those that wait go at their deadline', () => {
    const { max } = waiting.refusedMs

    assert.ok(max >= 0.9 * limits.askMs, 'control: some waited')
    assert.ok(max <= 1.5 * limits.askMs, `${max} ms`)
  })

  test('does nothing afterwards that nobody waits for', async (t) => {
    const dropped = await droppedByStorage(server)
    t.diagnostic(`${dropped} messages were dropped`)

    assert.ok(dropped >= limits.waitingMessagesMin, `${dropped} messages`)
  })

  test('needs little more memory', (t) => {
    const peakMb = megabytes(server.pid, 'VmHWM')
    t.diagnostic(`${steadyMb} MB, ${peakMb} at most`)

    assert.ok(peakMb <= 2 * steadyMb, `${peakMb} MB`)
  })
})

async function stall(server: RunningServer): Promise<void> {
  const response = await fetch(`${server.adminUrl}/admin/test/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.adminKey()}` },
    body: JSON.stringify({ actor: 'storage', kind: 'delay', delay_ms: stallMs }),
  })
  assert.equal(response.status, 204)
}

/** How many messages storage has answered unread, as their deadline had passed. */
async function droppedByStorage({ adminUrl }: RunningServer): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const series =
    /^authserver_actor_messages_total\{([^}]*actor="storage"[^}]*deadline_exceeded[^}]*)\} (\d+)$/gm
  return [...text.matchAll(series)].reduce((sum, [, , count]) => sum + Number(count), 0)
}
