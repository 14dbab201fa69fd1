// Attack catalogue, group DS: resource abuse (spec 09). Rows DS-04 and DS-06 concern proofs, which
// this server does not take yet.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type AdminPort, askAdmin, askAdminOnce } from '../support/admin-attack.ts'
import {
  type AttackTarget,
  ccBody,
  issues,
  onlyResponse,
  startTarget,
  tokenRequest,
} from '../support/attack.ts'
import { sendRaw } from '../support/raw-http.ts'

const megabyte = 1024 * 1024

let target: AttackTarget
let admin: AdminPort

before(async () => {
  // Shorter than the default, so that the rows about slow senders end in time.
  target = await startTarget({ environment: { AUTHPLANE_SERVER_READ_TIMEOUT: '12s' } })
  admin = { port: Number(new URL(target.adminUrl).port), key: target.adminKey() }
})

after(() => target.stop())

/** Memory of the server that is really there, in bytes. */
function residentBytes(): number {
  const status = readFileSync(`/proc/${target.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

const control = () => issues(target, () => target.token(ccBody('m2m', {})))

describe('DS-03 JSON that is a bomb', () => {
  const room = megabyte - 200
  const wide = (of: string): string =>
    Array.from({ length: Math.floor(room / (of.length + 1)) }, () => of).join(',')
  const many = (count: number, of: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => of(index)).join(',')
  const names = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `c${index}`)
  const broker = (policy: object): string =>
    JSON.stringify({ slug: 'a', backend_kind: 'broker', broker_provider_id: 'x', policy })
  const bombs: readonly (readonly [string, string])[] = [
    ['a deep list', `${'['.repeat(room / 2)}${']'.repeat(room / 2)}`],
    ['a deep list that never ends', '['.repeat(room)],
    ['a deep object', '{"a":'.repeat(room / 5)],
    ['a deep object that is whole', `${'{"a":'.repeat(room / 6)}1${'}'.repeat(room / 6)}`],
    ['a deep object as a member', `{"slug":${'{"a":'.repeat(room / 7)}1${'}'.repeat(room / 7)}}`],
    ['a wide list', `[${wide('0')}]`],
    ['a wide object', `{${wide('"a":0')}}`],
    ['many members', `{${many(70_000, (index) => `"${index}":0`)}}`],
    ['a member with a long name', `{"${'a'.repeat(room - 10)}":0}`],
    ['many clients in a policy', broker({ runtime: { client_ids: names(70_000) } })],
    ['many clients that may exchange', broker({ exchange: { allowed_client_ids: names(70_000) } })],
    ['many return URLs', broker({ connect: { allowed_return_urls: names(70_000) } })],
    ['many scopes', `{"slug":"a","backend_kind":"mint","scopes":[${wide('{}')}]}`],
    ['one long string', `"${'a'.repeat(room)}"`],
    ['one long name', `{"slug":"${'a'.repeat(room)}","backend_kind":"mint"}`],
    ['one long string of escapes', `{"slug":"${'\\u0000'.repeat(room / 7)}"}`],
    ['a number of many digits', `{"slug":${'9'.repeat(room)}}`],
    ['a number out of range', '{"slug":1e999999999,"backend_kind":-1e999999999}'],
    ['many exponents', `[${wide('1e308')}]`],
    ['members named __proto__', `{${wide('"__proto__":{}')}}`],
  ]

  for (const [name, body] of bombs) {
    test(`${name} is refused at once, and the refusal is short`, async () => {
      assert.ok(Buffer.byteLength(body) < megabyte)
      let fastestMs = Number.POSITIVE_INFINITY
      // Others use the machine too: of ten tries the fastest tells how long the server needs.
      for (let round = 0; round < 10 && fastestMs >= 50; round += 1) {
        const answer = await askAdmin(admin, { method: 'POST', path: '/admin/resources', body })
        const response = onlyResponse(answer)
        assert.equal(response.status, 400, response.body.slice(0, 200))
        assert.ok(response.body.length < 16 * 1024, `${response.body.length} bytes come back`)
        fastestMs = Math.min(fastestMs, answer.elapsedMs)
      }
      assert.ok(fastestMs < 50, `answered after ${Math.round(fastestMs)} ms`)
    })
  }

  test('one byte over the cap is refused unread', async () => {
    const body = `"${'a'.repeat(megabyte - 1)}"`
    const answer = await askAdminOnce(admin, { method: 'POST', path: '/admin/resources', body })
    assert.equal(answer.status, 413)
  })

  test('control: a large resource is taken', async () => {
    const scopes = Array.from({ length: 1000 }, (_, index) => ({ name: `scope-${index}` }))
    const answer = await askAdminOnce(admin, {
      method: 'POST',
      path: '/admin/resources',
      body: { slug: 'large', backend_kind: 'mint', scopes },
    })
    assert.equal(answer.status, 201)
  })
})

/** A connection on which nothing is asked. */
function openIdle(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(target.port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
  })
}

test('DS-08 five thousand idle connections keep nobody out', async () => {
  const before = residentBytes()
  const sockets: Socket[] = []
  try {
    while (sockets.length < 5000) {
      sockets.push(...(await Promise.all(Array.from({ length: 250 }, openIdle))))
    }

    for (let request = 0; request < 20; request += 1) {
      const answer = await sendRaw(target.port, tokenRequest(ccBody('m2m', {}), {}), {})
      const { status } = onlyResponse(answer)
      assert.ok(status === 503 || (status === 200 && answer.elapsedMs <= 500), answer.text)
    }

    const grownBytes = residentBytes() - before
    assert.ok(grownBytes < 200 * megabyte, `${Math.round(grownBytes / megabyte)} MB more`)
    const open = sockets.filter((socket) => !socket.destroyed).length
    assert.equal(open, 5000, 'control: the connections were there all the time')
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  await control()
})

describe('DS-09 senders of one byte a second', () => {
  const head = 'POST /oauth/token HTTP/1.1\r\nHost: a\r\n'
  const body =
    `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n` +
    'grant_type='

  /** Sends `start` and then a letter each second; resolves with how long it was listened to. */
  async function drip(start: string): Promise<number> {
    const startedMs = performance.now()
    const socket = connect(target.port, '127.0.0.1')
    let timer: NodeJS.Timeout | undefined
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => undefined) // a reset is a way to be closed
    socket.on('data', () => undefined)
    socket.once('connect', () => {
      socket.write(start)
      timer = setInterval(() => socket.write('x'), 1000)
    })
    await closed
    clearInterval(timer)
    return performance.now() - startedMs
  }

  test('are closed: 250 in headers within 15 s, 250 in bodies within 30 s', async () => {
    const slow = [
      ...Array.from({ length: 250 }, () => drip(head)),
      ...Array.from({ length: 250 }, () => drip(body)),
    ]

    await control()
    const times = await Promise.all(slow)

    const headersMs = Math.max(...times.slice(0, 250))
    const bodiesMs = Math.max(...times.slice(250))
    assert.ok(headersMs <= 15_000, `headers: ${Math.round(headersMs)} ms`)
    assert.ok(bodiesMs <= 30_000, `bodies: ${Math.round(bodiesMs)} ms`)
    assert.ok(Math.min(...times) > 5000, 'control: a slow sender is not cut at once')
    await control()
  })
})

test('DS-11 ten thousand refusals leave a bounded line each', async () => {
  const count = 10_000
  const forged = '\\n{"level":"error","msg":"forged"}'
  const agent = `${forged}${'é'.repeat(4000)}`
  const before = target.log().length
  const request = tokenRequest('grant_type=nope', {
    Connection: 'keep-alive',
    'User-Agent': agent,
    'X-Request-ID': forged,
  }).replace('/oauth/token', `/oauth/token?${'q'.repeat(2000)}`)
  const last = tokenRequest('grant_type=nope', { 'X-Request-ID': 'the-last-refusal' })

  for (let sent = 0; sent < count; sent += 500) {
    const answer = await sendRaw(target.port, request.repeat(500), {
      responses: 500,
      withinMs: 30_000,
    })
    assert.equal(answer.responses.length, 500)
  }
  await target.send(last)
  await target.logContains('the-last-refusal')

  const lines = target.log().slice(before).trimEnd().split('\n')
  const told = lines.map((line) => JSON.parse(line))
  assert.equal(told.filter(({ msg }) => msg === 'forged').length, 0)
  assert.ok(told.filter(({ msg }) => msg === 'http request').length >= count, 'control')
  assert.ok(lines.length <= count + 50, `${lines.length} lines`)
  const longest = Math.max(...lines.map((line) => Buffer.byteLength(line)))
  assert.ok(longest <= 2048, `a line of ${longest} bytes`)
})
