// Connections that stay silent end in time: before a request is complete, while an answer is owed,
// and between two requests (spec 06 §4.1, reliability B.3).
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { silentLog, silentTracer } from '../../../src/base/telemetry.ts'
import { clientAddressReader } from '../../../src/http/client-address.ts'
import { createServer } from '../../../src/http/fastify-server.ts'
import { listen } from '../../../src/http/listen.ts'

const slow = 60_000
const quick = 200

async function open(
  t: TestContext,
  times: { readonly read: number; readonly write: number; readonly idle: number },
): Promise<Socket> {
  const server = createServer({
    issuer: 'https://auth.test',
    isSecure: false,
    readTimeoutMs: times.read,
    writeTimeoutMs: times.write,
    idleTimeoutMs: times.idle,
    bodyBytesMax: 1024,
    addressOf: clientAddressReader([]),
    clock: systemClock,
    random: systemRandom(),
    tracer: silentTracer,
    log: silentLog,
    meters: { countRequest: () => undefined },
  })
  server.get('/answer', (_request, reply) => {
    reply.send('here')
  })
  server.get('/silence', () => new Promise(() => undefined))
  server.post('/body', (_request, reply) => {
    reply.send('read')
  })
  const { port, cutOff } = await listen(server, { host: '127.0.0.1', port: 0 })
  const socket = connect(port, '127.0.0.1')
  t.after(async () => {
    socket.destroy()
    cutOff()
    await server.close()
  })
  return socket
}

/** What came until the server ended the connection. */
async function untilEnd(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

test('a connection that waits for an answer too long is cut', async (t) => {
  const socket = await open(t, { read: slow, write: quick, idle: slow })
  socket.write('GET /silence HTTP/1.1\r\nHost: a\r\n\r\n')

  assert.equal(await untilEnd(socket), '')
})

test('a kept-alive connection without a next request is ended', async (t) => {
  const socket = await open(t, { read: slow, write: slow, idle: quick })
  socket.write('GET /answer HTTP/1.1\r\nHost: a\r\n\r\n')

  assert.match(await untilEnd(socket), /^HTTP\/1\.1 200 OK[\s\S]*here$/)
})

test('a body that does not arrive in time is refused', async (t) => {
  const socket = await open(t, { read: quick, write: slow, idle: slow })
  socket.write(
    'POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nab',
  )

  assert.match(await untilEnd(socket), /^HTTP\/1\.1 408 Request Timeout\r\n/)
})
