// An answer that comes before its request was read arrives, although the sender goes on sending;
// and what is still read for that is bounded in bytes and in time (D16).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { silentLog, silentTracer } from '../../../src/base/telemetry.ts'
import { clientAddressReader } from '../../../src/http/client-address.ts'
import { createServer } from '../../../src/http/fastify-server.ts'
import { type BoundListener, listen } from '../../../src/http/listen.ts'

const bodyBytesMax = 1024
const megabyte = 1024 * 1024

interface Timer {
  readonly delayMs: number
  readonly work: () => void
}

interface Listener extends BoundListener {
  /** Timers that are set and not cancelled; they fire when a test says so. */
  readonly timers: ReadonlySet<Timer>
  readonly server: FastifyInstance
}

async function start(t: TestContext): Promise<Listener> {
  const timers = new Set<Timer>()
  const clock: Clock = {
    ...systemClock,
    after: (delayMs, work) => {
      const timer = { delayMs, work }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const server = createServer({
    issuer: 'https://auth.test',
    isSecure: false,
    readTimeoutMs: 60_000,
    writeTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    bodyBytesMax,
    addressOf: clientAddressReader([]),
    clock,
    random: systemRandom(),
    tracer: silentTracer,
    log: silentLog,
    meters: { countRequest: () => undefined },
  })
  server.post('/text', (_request, reply) => {
    reply.send('read')
  })
  const refuse = (_request: FastifyRequest, reply: FastifyReply): void => {
    reply.code(401).send('no')
  }
  server.post('/refused', { onRequest: refuse }, refuse)
  const bound = await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(async () => {
    bound.cutOff()
    await server.close()
  })
  return { ...bound, timers, server }
}

interface Connection {
  readonly client: Socket
  /** The server's end. */
  readonly peer: Socket
}

/** A connection whose client does not read, like one that sends all before it looks. */
async function open({ server, port }: Listener): Promise<Connection> {
  const client = connect(port, '127.0.0.1').pause()
  client.on('error', () => undefined) // Told by what arrived, whatever the reason.
  const [peer] = (await once(server.server, 'connection')) as [Socket]
  return { client, peer }
}

/** Sends `bytes` and resolves when the server has written its last answer. */
async function untilAnswered({ client, peer }: Connection, bytes: string): Promise<void> {
  const answered = once(peer, 'finish')
  client.write(bytes)
  await answered
  await setImmediate()
}

/** What came until the connection ended. */
async function untilEnd(client: Socket): Promise<string> {
  let text = ''
  client.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  client.resume()
  if (!client.closed) await once(client, 'close').catch(() => undefined)
  return text
}

function head(path: string, ...headers: readonly string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: text/plain', ...headers]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** The beginning of a body of 2 GB, of which no length is told in front. */
function endless(path: string): string {
  return `${head(path, 'Transfer-Encoding: chunked')}7fffffff\r\n${'a'.repeat(2 * bodyBytesMax)}`
}

describe('arrives though the sender reads only when it has sent the rest:', () => {
  const rest = Buffer.alloc(64 * 1024)
  const declared = head('/text', 'Content-Length: 70000')
  const closing = head('/refused', 'Content-Length: 1024', 'Connection: close')
  const cases: readonly (readonly [string, string, number])[] = [
    ['the refusal of a body that is declared too large', declared, 413],
    ['the refusal of a body that becomes too large', endless('/text'), 413],
    ['a 401 to a body of unknown length', endless('/refused'), 401],
    ['a 404 of a path that cannot be decoded', endless('/%ff'), 404],
    ['a 401 to a sender who closes after it', closing, 401],
    ['the refusal of chunks that cannot be read', endless('/text').replace('7f', 'xx'), 400],
    ['the refusal of a head that is too large', head('/text', `X: ${'a'.repeat(20_000)}`), 431],
  ]
  for (const [name, bytes, status] of cases) {
    test(name, async (t) => {
      const connection = await open(await start(t))

      await untilAnswered(connection, bytes)
      for (let piece = 0; piece < 20; piece += 1) {
        await new Promise((resolve) => connection.client.write(rest, resolve))
        await setImmediate()
      }
      const answer = await untilEnd(connection.client)

      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\nconnection: close\r\n`, 'i'))
      assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1)
    })
  }
})

test('a sender who never stops is cut', async (t) => {
  const connection = await open(await start(t))
  const { client, peer } = connection
  const piece = Buffer.alloc(64 * 1024)

  await untilAnswered(connection, endless('/text'))
  for (let sent = 0; sent < 16 * limits.lingerBytesMax && !client.closed; sent += piece.length) {
    await new Promise((resolve) => client.write(piece, resolve))
  }

  assert.equal(client.closed, true)
  assert.ok(peer.bytesRead > limits.lingerBytesMax, `${peer.bytesRead} bytes`)
  assert.ok(peer.bytesRead < limits.lingerBytesMax + megabyte, `${peer.bytesRead} bytes`)
})

test('a sender of single bytes is cut in time', async (t) => {
  const listener = await start(t)
  const connection = await open(listener)

  await untilAnswered(connection, endless('/text'))
  connection.client.write('a')
  await once(connection.peer, 'data')
  const timers = [...listener.timers]
  assert.equal(connection.peer.destroyed, false, 'control: it is still open')
  for (const { work } of timers) work()
  await once(connection.peer, 'close')

  assert.deepEqual(
    timers.map(({ delayMs }) => delayMs),
    [limits.lingerMs],
  )
})

test('when the sender has closed, nothing is left to do', async (t) => {
  const listener = await start(t)
  const connection = await open(listener)

  await untilAnswered(connection, endless('/text'))
  assert.equal(listener.timers.size, 1, 'control: its time is bounded')
  connection.client.end()
  await once(connection.peer, 'close')

  assert.equal(listener.timers.size, 0)
})

test('a stop cuts senders who go on', async (t) => {
  const listener = await start(t)
  const connection = await open(listener)

  await untilAnswered(connection, endless('/text'))
  const drained = listener.drain()
  await setImmediate()
  assert.equal(connection.peer.destroyed, false, 'control: it is still open')
  listener.cutOff()
  await drained

  assert.equal(connection.peer.destroyed, true)
})

test('what is dropped is not kept', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const listener = await start(t)
  const piece = Buffer.alloc(megabyte)
  collect()
  const before = process.memoryUsage().arrayBuffers

  const peers: Socket[] = []
  while (peers.length < 16) {
    const connection = await open(listener)
    await untilAnswered(connection, endless('/text'))
    for (const whole of [piece, piece, piece]) connection.client.write(whole)
    while (connection.peer.bytesRead < 3 * megabyte) await once(connection.peer, 'data')
    peers.push(connection.peer)
  }
  collect()
  await setImmediate()
  collect()

  const grown = process.memoryUsage().arrayBuffers - before
  assert.ok(grown < 8 * megabyte, `${Math.round(grown / megabyte)} MB more`)
  assert.ok(!peers.some(({ destroyed }) => destroyed), 'control: all of them are still open')
})

test('the connection stays when no more can follow than the body of a good request', async (t) => {
  const { client } = await open(await start(t))

  client.write(head('/refused', `Content-Length: ${bodyBytesMax}`))
  client.resume()
  const [first] = (await once(client, 'data')) as [Buffer]
  client.write('a'.repeat(bodyBytesMax))
  client.write(`${head('/text', 'Content-Length: 1', 'Connection: close')}a`)
  const second = await untilEnd(client)

  assert.match(first.toString(), /^HTTP\/1\.1 401 /)
  assert.match(second, /^HTTP\/1\.1 200 /)
})

test('nothing is waited for when all was read in the end', async (t) => {
  const listener = await start(t)
  const connection = await open(listener)

  const unread = `${head('/refused', 'Content-Length: 1')}a`
  const read = `${head('/text', 'Content-Length: 1', 'Connection: close')}a`
  await untilAnswered(connection, unread + read)

  assert.equal(connection.peer.destroyed, true)
  assert.equal(listener.timers.size, 0)
})
