// What a crash of the whole process leaves behind (decisions D1, D18): a server is killed under
// load again and again, and whoever holds a token must find it known.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { type Answer, askOnce, loadResource, seedLoad, startLoad, unlimited } from './token-load.ts'
import { assertAllStored } from './token-rows.ts'

const rounds = 5
const readyMsMax = 2000

describe('a server that was killed five times under load', () => {
  let server: RunningServer
  /** Every answer that any client has received whole. */
  const answers: Answer[] = []
  const acknowledged: number[] = []
  const readyMs: number[] = []

  before(async () => {
    server = await startServer({ seed: seedLoad, environment: unlimited })
    for (let round = 0; round < rounds; round += 1) {
      const load = startLoad(server.port)
      await load.tokens(250 + 37 * round)
      await server.kill()
      await load.stop()
      answers.push(...load.answers)
      acknowledged.push(load.answers.filter(({ status }) => status === 200).length)
      const startedMs = performance.now()
      server = await server.restart()
      readyMs.push(performance.now() - startedMs)
    }
  })
  after(() => server.stop())

  test('control: it had answered hundreds of requests of each round, and only with tokens', () => {
    assert.ok(acknowledged.every((count) => count >= 250))
    assert.equal(answers.filter(({ jwt }) => jwt === null).length, 0)
  })

  test('knows every token that a client received, each with its audit row', () => {
    assertAllStored(server, answers)
  })

  test('has a sound database', () => {
    assert.deepEqual(server.rows('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
    assert.deepEqual(server.rows('PRAGMA foreign_key_check'), [])
  })

  test('is ready again within two seconds', () => {
    // Others use the machine too: the middle of five tells how long the server needs.
    const middle = readyMs.toSorted((left, right) => left - right)[2] ?? Number.POSITIVE_INFINITY

    assert.ok(middle <= readyMsMax, `${readyMs.map(Math.round).join(', ')} ms`)
  })

  test('has the keys that its first token was signed with', async () => {
    const first = answers.find(({ isBound }) => isBound)
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/.well-known/jwks.json`))

    await jwtVerify(first?.jwt ?? '', keys, { issuer: server.issuer, audience: loadResource })
  })

  test('issues tokens', async () => {
    const answer = await askOnce(server.port)

    assert.equal(answer.status, 200)
    assertAllStored(server, [answer])
  })
})
