// A database that another process has locked for three seconds (reliability B5): clients are told
// to come again, in time; the server lives, and works again by itself.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../src/base/limits.ts'
import { type Load, seedLoad, startLoad, unlimited } from '../e2e/token-load.ts'
import { assertAllStored } from '../e2e/token-rows.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const lockMs = 3000
/** Three times what is promised: others use the machine too. */
const livezMsMax = 1500
const recoveryMsMax = 6000

describe('a server whose database another process has locked', () => {
  let server: RunningServer
  let load: Load
  let lockedMs: number
  let releasedMs: number
  let recoveredMs: number
  const livez: { readonly status: number; readonly ms: number }[] = []

  before(async () => {
    server = await startServer({ seed: seedLoad, environment: unlimited })
    load = startLoad(server.port)
    await load.tokens(200)
    const path = join(server.dataDirectory, 'authserver.db')
    const holder = join(import.meta.dirname, 'exclusive-holder.ts')
    const child = spawn(process.execPath, [holder, path, String(lockMs)])
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    lockedMs = performance.now()
    let isLocked = true
    const released = ended.then(() => {
      isLocked = false
      releasedMs = performance.now()
    })
    for (; isLocked; await wait(20)) livez.push(await askLivez(server))
    await released
    recoveredMs = (await load.saw(isTokenAfter(releasedMs))).atMs
    await load.tokens(load.answers.length + 200)
    await load.stop()
  })
  after(() => server.stop())

  test('answers 503, and within the deadline of a message', () => {
    const refusals = load.answers.filter(({ status }) => status !== 200)
    const [first] = refusals

    assert.ok(first !== undefined, 'nobody noticed the lock')
    assert.ok(first.atMs - lockedMs < limits.askMs, `${Math.round(first.atMs - lockedMs)} ms`)
    assert.deepEqual(
      refusals.filter(({ status, retryAfter }) => status !== 503 || retryAfter !== '1'),
      [],
    )
    assert.deepEqual(load.failures, [])
  })

  test('says throughout that it is alive', (t) => {
    const slowestMs = Math.round(Math.max(...livez.map(({ ms }) => ms)))
    t.diagnostic(`slowest of ${livez.length} answers of /livez: ${slowestMs} ms`)

    assert.ok(livez.length >= 10)
    assert.deepEqual(
      livez.filter(({ status }) => status !== 200),
      [],
    )
    assert.ok(slowestMs <= livezMsMax)
  })

  test('issues tokens again soon after, without a restart of anything', (t) => {
    const lastedMs = Math.round(recoveredMs - releasedMs)
    t.diagnostic(`first token ${lastedMs} ms after the lock was gone`)

    assert.ok(lastedMs <= recoveryMsMax, `${lastedMs} ms`)
    assert.doesNotMatch(server.log(), /"msg":"actor (?:crashed|restarted|hangs)/)
  })

  test('knows every token that it gave away', () => {
    assertAllStored(server, load.answers)
  })
})

const isTokenAfter =
  (sinceMs: number) =>
  ({ status, atMs }: { readonly status: number; readonly atMs: number }): boolean =>
    status === 200 && atMs > sinceMs

async function askLivez({ baseUrl }: RunningServer): Promise<{ status: number; ms: number }> {
  const startedMs = performance.now()
  const response = await fetch(`${baseUrl}/livez`)
  await response.arrayBuffer()
  return { status: response.status, ms: performance.now() - startedMs }
}
