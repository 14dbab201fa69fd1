// What signals do to a server that is at work (spec 08 §7, decision B18).
import assert from 'node:assert/strict'
import { Agent, get } from 'node:http'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { openConnection, tokenRequestInParts } from './open-connection.ts'
import { seedLoad, startLoad, unlimited } from './token-load.ts'
import { assertAllStored } from './token-rows.ts'

let server: RunningServer

beforeEach(async () => {
  const environment = { ...unlimited, AUTHPLANE_SERVER_SHUTDOWN_WAIT: '1s' }
  server = await startServer({ seed: seedLoad, environment })
})
afterEach(() => server.stop())

describe('SIGTERM', () => {
  test('under load ends the server in good order, and no token is lost', async () => {
    const load = startLoad(server.port)
    await load.tokens(300)
    const startedMs = performance.now()
    const status = await server.terminate()
    const lastedMs = performance.now() - startedMs
    await load.stop()

    assert.equal(status, 0)
    assert.ok(lastedMs < 900, `took ${Math.round(lastedMs)} ms`)
    assert.match(server.log(), /"msg":"stopped gracefully"/)
    assert.doesNotMatch(server.log(), /cut off|"level":"ERROR"/)
    assert.deepEqual(
      load.answers.filter(({ status }) => status !== 200),
      [],
    )
    assertAllStored(server, load.answers)
  })

  test('lets requests finish that are under way, and takes no new connection', async () => {
    const [first, second] = tokenRequestInParts('m2m')
    const connection = await openConnection(server.port)
    connection.send(first)
    // An answer on another connection shows that the server has read what came before.
    await fetch(`${server.baseUrl}/livez`)
    server.signal('SIGTERM')
    await server.logged('shutting down')
    await assert.rejects(fetch(`${server.baseUrl}/livez`))
    connection.send(second)
    const answer = await connection.received(/\r\n\r\n\{.*\}/)

    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
    const answeredMs = performance.now()
    await connection.closed()
    assert.equal(await server.ended(), 0)
    const lastedMs = performance.now() - answeredMs
    assert.ok(lastedMs < 500, `ended ${Math.round(lastedMs)} ms after the answer`)
    assert.doesNotMatch(server.log(), /cut off/)
    assert.equal(server.rows('SELECT jti FROM unbound_machine_tokens').length, 1)
  })

  test('makes it say that it is not ready', async () => {
    const connection = await openConnection(server.port)
    connection.send('GET /ready HTTP/1.1\r\nHost: auth.test\r\n')
    await fetch(`${server.baseUrl}/livez`)
    server.signal('SIGTERM')
    await server.logged('shutting down')
    connection.send('\r\n')

    assert.match(await connection.received(/\}/), /^HTTP\/1\.1 503 .*"status":"not_ready"/s)
    assert.equal(await server.ended(), 0)
  })

  test('does not wait for a request longer than server.shutdown_wait', async () => {
    const [first] = tokenRequestInParts('m2m')
    const connection = await openConnection(server.port)
    connection.send(first)
    await fetch(`${server.baseUrl}/livez`)
    const startedMs = performance.now()
    const status = await server.terminate()
    const lastedMs = performance.now() - startedMs

    assert.equal(status, 0)
    assert.ok(lastedMs > 900 && lastedMs < 2500, `took ${Math.round(lastedMs)} ms`)
    assert.match(server.log(), /open requests were cut off/)
  })

  test('sent twice ends the server at once', async () => {
    const [first] = tokenRequestInParts('m2m')
    const connection = await openConnection(server.port)
    connection.send(first)
    await fetch(`${server.baseUrl}/livez`)
    server.signal('SIGTERM')
    await server.logged('shutting down')
    const startedMs = performance.now()
    server.signal('SIGTERM')
    await server.ended()

    assert.ok(performance.now() - startedMs < 500)
    assert.doesNotMatch(server.log(), /stopped gracefully/)
  })
})

test('SIGINT does what SIGTERM does', async () => {
  server.signal('SIGINT')

  assert.equal(await server.ended(), 0)
  assert.match(server.log(), /"msg":"stopped gracefully"/)
})

describe('a connection is kept open', () => {
  for (const [signal, messages] of [
    ['SIGHUP', ['SIGHUP received', 'signing keys reloaded']],
    ['SIGUSR1', []],
  ] as const) {
    test(`through ${signal}, under load too`, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const before = await livezThrough(agent, server.port)
      const load = startLoad(server.port)
      await load.tokens(100)
      server.signal(signal)
      for (const message of messages) await server.logged(message)
      await load.tokens(300)
      await load.stop()
      const after = await livezThrough(agent, server.port)
      agent.destroy()

      assert.equal(after.localPort, before.localPort)
      assert.equal(after.status, 200)
      assert.deepEqual(load.failures, [])
      assert.ok(load.answers.every(({ status }) => status === 200))
    })
  }
})

function livezThrough(
  agent: Agent,
  port: number,
): Promise<{ readonly status: number; readonly localPort: number }> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: '/livez', agent }
    const sent = get(options, (response) => {
      const { localPort = 0 } = response.socket
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, localPort }))
    })
    sent.on('error', reject)
  })
}
