// Addresses by DNS (src/outbound/resolve.ts), asked of a name server of the test.
import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { dnsResolve, type Resolve } from '../../src/outbound/resolve.ts'

const [typeA, typeAaaa] = [1, 28]
const four = Buffer.from([192, 0, 2, 7])
const six = Buffer.from('20010db8000000000000000000000007', 'hex')

/** Answers a question of a type with these records; null = not at all, a number = that error. */
type Answers = (type: number) => readonly Buffer[] | number | null

interface NameServer {
  readonly resolve: Resolve
  readonly asked: readonly number[]
}

async function openNameServer(t: TestContext, answers: Answers): Promise<NameServer> {
  const asked: number[] = []
  const socket = createSocket('udp4')
  socket.on('message', (question: Buffer, from: RemoteInfo) => {
    const end = question.indexOf(0, 12) + 5
    const type = question.readUInt16BE(end - 4)
    asked.push(type)
    const records = answers(type)
    if (records === null) return
    const body = typeof records === 'number' ? [] : records
    const head = Buffer.alloc(12)
    question.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180 | (typeof records === 'number' ? records : 0), 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(body.length, 6)
    const answer = [head, question.subarray(12, end), ...body.map((data) => record(type, data))]
    socket.send(Buffer.concat(answer), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { resolve: dnsResolve([`127.0.0.1:${socket.address().port}`]), asked }
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length])
  return Buffer.concat([head, data])
}

const { signal } = new AbortController()

test('both kinds of addresses are asked for, and IPv4 comes first', async (t) => {
  const { resolve, asked } = await openNameServer(t, (type) => (type === typeA ? [four] : [six]))

  assert.deepEqual(await resolve('client.test', signal), ['192.0.2.7', '2001:db8::7'])
  assert.deepEqual(asked.toSorted(), [typeA, typeAaaa])
})

test('a host may have addresses of one kind only', async (t) => {
  const { resolve } = await openNameServer(t, (type) => (type === typeA ? [] : [six]))

  assert.deepEqual(await resolve('client.test', signal), ['2001:db8::7'])
})

test('a host that does not exist is told', async (t) => {
  const { resolve } = await openNameServer(t, () => 3)

  await assert.rejects(resolve('client.test', signal), { code: 'ENOTFOUND' })
})

test('a question that nobody answers is called off', async (t) => {
  const { resolve, asked } = await openNameServer(t, () => null)
  const controller = new AbortController()

  const answer = resolve('client.test', controller.signal)
  const refused = assert.rejects(answer, { code: 'ECANCELLED' })
  while (asked.length < 2) await new Promise(setImmediate)
  controller.abort()

  await refused
})

test('names of this machine are asked of nobody', async (t) => {
  const { resolve, asked } = await openNameServer(t, () => [four])

  for (const host of ['localhost', 'LOCALHOST', 'a.localhost', 'localhost.']) {
    assert.deepEqual(await resolve(host, signal), ['127.0.0.1', '::1'])
  }
  assert.deepEqual(asked, [])
})
