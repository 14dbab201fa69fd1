// The span of a request (src/http/hooks/trace.ts, spec 08 §4): its name, what it says, and that it
// ends whatever becomes of the request.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { addTracing } from '../../../src/http/hooks/trace.ts'
import { createTracer, type SpanRecord } from '../../../src/telemetry/tracer.ts'

let server: FastifyInstance
let origin = ''
let port = 0
const ended: SpanRecord[] = []
let onEnded: () => void = () => undefined
let onHeld: () => void = () => undefined

before(async () => {
  server = fastify()
  const record = (span: SpanRecord): void => {
    ended.push(span)
    onEnded()
  }
  const tracing = { sampleRate: 1, admit: () => true, record }
  addTracing(server, createTracer({ clock: systemClock, random: systemRandom(), ...tracing }))
  server.get('/things/:id', async () => 'thing')
  server.get('/broken', async (_request, reply) => reply.code(503).send('broken'))
  server.get('/held', () => {
    onHeld()
    return new Promise(() => undefined)
  })
  origin = await server.listen({ host: '127.0.0.1', port: 0 })
  port = Number(new URL(origin).port)
})
after(() => server.close())

/** The span that ends next. */
async function spanOf(work: () => Promise<unknown>): Promise<SpanRecord> {
  const count = ended.length
  const isEnded = new Promise<void>((resolve) => {
    onEnded = resolve
  })
  await work()
  await isEnded
  assert.equal(ended.length, count + 1)
  return ended.at(-1) as SpanRecord
}

describe('the span of a request', () => {
  test('is named by method and path, and has the route without its values', async () => {
    const span = await spanOf(() => fetch(`${origin}/things/7?secret=x`))

    assert.equal(span.name, 'GET /things/7')
    assert.equal(span.isEntry, true)
    assert.deepEqual(span.attributes, {
      'http.method': 'GET',
      'http.route': '/things/:id',
      'http.url': '/things/7',
      'http.status_code': 200,
      'http.response_size': 5,
    })
    assert.equal(span.failure, null)
  })

  test('of a path that nobody serves has the route unmatched and is no failure', async () => {
    const span = await spanOf(() => fetch(`${origin}/nowhere`))

    assert.equal(span.attributes['http.route'], 'unmatched')
    assert.equal(span.attributes['http.status_code'], 404)
    assert.equal(span.failure, null)
  })

  test('of an answer of 5xx is a failure', async () => {
    const span = await spanOf(() => fetch(`${origin}/broken`))

    assert.equal(span.failure, '503')
  })

  test('ends when the client leaves before it is answered, and says so', async () => {
    const span = await spanOf(async () => {
      const isHeld = new Promise<void>((resolve) => {
        onHeld = resolve
      })
      const socket = connect({ port, host: '127.0.0.1' })
      socket.write('GET /held HTTP/1.1\r\nHost: a\r\n\r\n')
      await isHeld
      socket.destroy()
      await once(socket, 'close')
    })

    assert.equal(span.attributes['http.aborted'], true)
  })
})
