// A running server whose database can no longer be written to, for three reasons (decisions D15,
// D18; reliability B4, B5), under mixed load with a record of everything: whoever is refused is
// told when to come again and nothing of his request is done, what needs no database goes on, and
// the server works again by itself.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { unlimited } from '../e2e/token-load.ts'
import { dishonestRefusals, heldTokens, type Operation } from '../support/history.ts'
import { chanceOf, seedOfRun } from '../support/history-chance.ts'
import { findViolations } from '../support/history-checker.ts'
import { createHistoryLoad, type HistoryLoad, seedHistoryLoad } from '../support/history-load.ts'
import { readStoredState } from '../support/history-rows.ts'
import { type OutagePlace, outageKinds } from '../support/outages.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const senders = 16
/** What the server is watched for when it has noticed. */
const outageMs = 500
const noticedMsMax = 10_000
/** Others use the machine too. */
const recoveryMsMax = 5000

const seed = seedOfRun()

for (const { name, skip, isPartial, prepare } of outageKinds) {
  describe(`a server ${name} (SEED=${seed})`, { skip }, () => {
    let place: OutagePlace
    let server: RunningServer
    let load: HistoryLoad
    let recoveryMs: number
    const statuses = { live: new Set<number>(), keys: new Set<number>(), health: new Set<number>() }

    before(async () => {
      place = prepare()
      const { directory } = place
      server = await startServer({ directory, seed: seedHistoryLoad, environment: unlimited })
      load = createHistoryLoad(chanceOf(seed))
      const running = load.startOn(server, senders)
      await until(() => heldTokens(load.history).length >= 100)
      place.begin(server)
      try {
        await until(async () => (await statusOf(server, '/ready')) === 503)
        for (const startMs = performance.now(); performance.now() - startMs < outageMs; ) {
          statuses.live.add(await statusOf(server, '/livez'))
          statuses.keys.add(await statusOf(server, '/.well-known/jwks.json'))
          statuses.health.add(await statusOf(server, '/health'))
        }
      } finally {
        place.end(server)
      }
      const endedMs = performance.now()
      await until(async () => (await statusOf(server, '/ready')) === 200)
      const isTokenSince = ({ op, outcome, invokedMs }: Operation): boolean =>
        op === 'token' && outcome === 'ok' && invokedMs > endedMs
      await until(() => load.history.operations.some(isTokenSince))
      recoveryMs = performance.now() - endedMs
      await running.stop()
      await load.fetchKeys(server)
    })
    after(async () => {
      await server.stop()
      place.remove()
    })

    test('refuses tokens and changes with 503 and the time to come again', () => {
      const { operations } = load.history
      const isRefused = (one: Operation['op']) =>
        operations.some(({ op, status }) => op === one && status === 503)

      assert.ok(isRefused('token') && isRefused('change'))
      assert.deepEqual(dishonestRefusals(load.history), [])
    })

    test('says that the database is down, is alive, and goes on publishing its keys', () => {
      const { live, keys, health } = statuses

      assert.deepEqual([[...live], [...keys]], [[200], [200]])
      assert.ok(health.has(503))
      assert.ok(isPartial || health.size === 1, 'it wavers')
    })

    test('has done what it acknowledged, and nothing of what it refused', () => {
      const operations = load.history.operations.map(
        (one): Operation => (one.status === 503 ? { ...one, outcome: 'refused' } : one),
      )
      const state = readStoredState(server)
      const { issuer } = server
      const { fetchedKeys } = load

      assert.deepEqual(findViolations({ issuer, history: { operations }, state, fetchedKeys }), [])
    })

    test('works again soon after, without a restart of anything', async (t) => {
      t.diagnostic(`ready and issuing tokens ${Math.round(recoveryMs)} ms after the end`)

      assert.ok(recoveryMs <= recoveryMsMax, `${Math.round(recoveryMs)} ms`)
      assert.doesNotMatch(server.log(), /"msg":"actor (?:crashed|restarted|hangs)/)
      assert.equal(await server.terminate(), 0)
    })
  })
}

async function statusOf({ baseUrl }: RunningServer, path: string): Promise<number> {
  const response = await fetch(baseUrl + path)
  await response.arrayBuffer()
  return response.status
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + noticedMsMax
  while (!(await isSo())) {
    assert.ok(performance.now() < deadlineMs, 'it did not come to that in time')
    await wait(10)
  }
}
