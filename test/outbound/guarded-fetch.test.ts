// Requests to URLs that others chose (src/outbound/guarded-fetch.ts, spec 01 §12, threat T19).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createPlainServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemClock } from '../../src/base/clock.ts'
import {
  createGuardedFetch,
  FetchFault,
  type GuardedAnswer,
  type GuardedRequest,
} from '../../src/outbound/guarded-fetch.ts'
import type { Resolve } from '../../src/outbound/resolve.ts'
import { type DocumentSite, openDocumentSite, sends } from '../support/document-site.ts'

let site: DocumentSite
before(async () => {
  site = await openDocumentSite()
})
after(() => site.stop())
beforeEach(() => site.answers(sends({ hello: 'world' })))

const onLoopback: Resolve = async () => ['127.0.0.1']

function get(
  url: string,
  change: Partial<GuardedRequest> = {},
  resolve: Resolve = onLoopback,
): Promise<GuardedAnswer> {
  const fetch = createGuardedFetch({ clock: systemClock, resolve, authorities: site.authority })
  return fetch({
    url: new URL(url),
    accept: 'application/json',
    timeoutMs: 5000,
    bodyBytesMax: 1000,
    allowsPrivateAddresses: true,
    ...change,
  })
}

const fails = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, (error) => error instanceof FetchFault && message.test(error.message))

describe('a request', () => {
  test('brings status, headers and body', async () => {
    const { status, headers, body } = await get(site.url('/a?b=c'))

    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(Buffer.from(body).toString(), '{"hello":"world"}')
  })

  test('names the host, asks for no encoding and keeps no connection', async () => {
    await get(site.url('/a?b=c'))

    const sent = site.requests.at(-1)
    assert.equal(sent?.method, 'GET')
    assert.equal(sent?.url, '/a?b=c')
    assert.equal(sent?.headers.host, `client.test:${site.port}`)
    assert.equal(sent?.headers.accept, 'application/json')
    assert.equal(sent?.headers['accept-encoding'], 'identity')
    assert.equal(sent?.headers.connection, 'close')
    assert.equal(sent?.headers.cookie, undefined)
  })

  test('can be for an address instead of a name', async () => {
    const asked: string[] = []
    const { status } = await get(site.url('/', '127.0.0.1'), {}, async (host) => {
      asked.push(host)
      return []
    })

    assert.equal(status, 200)
    assert.deepEqual(asked, [])
  })

  test('goes over http where the URL says so', async (t) => {
    const plain = createPlainServer((_request, response) => response.end('plain'))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    t.after(() => plain.close())
    const { port } = plain.address() as AddressInfo

    const { body } = await get(`http://client.test:${port}/`)

    assert.equal(Buffer.from(body).toString(), 'plain')
  })

  test('takes an address of the other family where no way leads to the first', async () => {
    // To an address of many there is never a connection.
    const { status } = await get(site.url('/'), {}, async () => ['ff02::1', '127.0.0.1'])

    assert.equal(status, 200)
  })
})

describe('an address', () => {
  test('is looked up once, and connected to as it was checked', async () => {
    const answers = [['127.0.0.1'], ['192.0.2.1']]
    let asked = 0
    const { status } = await get(site.url('/'), {}, async () => answers[asked++] ?? [])

    assert.equal(status, 200)
    assert.equal(asked, 1)
  })

  for (const addresses of [
    ['127.0.0.1'],
    ['1.1.1.1', '127.0.0.1'],
    ['1.1.1.1', '::1'],
    ['2606:4700::1111', '10.0.0.1'],
    ['::ffff:127.0.0.1'],
  ]) {
    test(`is refused when ${addresses.join(' and ')} are found, unconnected`, async () => {
      const before = site.connections()
      const guarded = { allowsPrivateAddresses: false }

      await fails(
        get(site.url('/'), guarded, async () => addresses),
        /reserved or private/,
      )

      assert.equal(site.connections(), before)
    })
  }

  test('is refused when it stands in the URL, without a question to anybody', async () => {
    const before = site.connections()
    let asked = 0
    const resolve: Resolve = async () => {
      asked += 1
      return ['1.1.1.1']
    }
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1']) {
      const url = site.url('/', host)
      await fails(get(url, { allowsPrivateAddresses: false }, resolve), /reserved or private/)
    }

    assert.equal(asked, 0)
    assert.equal(site.connections(), before)
  })

  test('that does not exist is a fault', async () => {
    await fails(
      get(site.url('/'), {}, async () => []),
      /no address/,
    )
    const broken: Resolve = async () => {
      throw Object.assign(new Error('x'), { code: 'ENOTFOUND' })
    }
    await fails(get(site.url('/'), {}, broken), /ENOTFOUND/)
  })

  test('that nobody finds in time is a fault', async () => {
    await fails(
      get(site.url('/'), { timeoutMs: 20 }, () => new Promise(() => undefined)),
      /too long/,
    )
  })
})

describe('a certificate', () => {
  test('of another authority is refused', async () => {
    const fetch = createGuardedFetch({
      clock: systemClock,
      resolve: onLoopback,
      authorities: null,
    })
    const url = new URL(site.url('/'))
    const rest = { accept: '*/*', timeoutMs: 5000, bodyBytesMax: 10, allowsPrivateAddresses: true }

    await fails(fetch({ url, ...rest }), /CERT/)
  })

  test('of another name is refused', async () => {
    await fails(get(site.url('/', 'elsewhere.test')), /ALTNAME/)
  })

  test('is checked whatever the environment says', async (t) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    t.after(() => Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED'))

    await fails(get(site.url('/', 'elsewhere.test')), /ALTNAME/)
  })
})

describe('an answer', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`of ${status} is not followed`, async () => {
      const before = site.requests.length
      site.answers((response) => response.writeHead(status, { location: '/elsewhere' }).end('x'))

      const answer = await get(site.url('/'))

      assert.equal(answer.status, status)
      assert.equal(answer.body.byteLength, 0)
      assert.equal(site.requests.length, before + 1)
    })
  }

  test('of another status is not read', async () => {
    site.answers((response) => {
      response.writeHead(404)
      response.write('never ends')
    })

    assert.equal((await get(site.url('/'))).status, 404)
  })

  test('of the limit is read, of a byte more it is not', async () => {
    site.answers((response) => response.end('x'.repeat(1000)))
    assert.equal((await get(site.url('/'))).body.byteLength, 1000)

    site.answers((response) => response.end('x'.repeat(1001)))
    await fails(get(site.url('/')), /larger than 1000 bytes/)
  })

  test('that never ends is cut at the limit', async () => {
    let isClosed: Promise<unknown> = Promise.resolve()
    site.answers((response) => {
      isClosed = once(response, 'close')
      const write = (): void => {
        if (response.write('x'.repeat(500))) setImmediate(write)
      }
      write()
    })

    await fails(get(site.url('/')), /larger than 1000 bytes/)
    await isClosed
  })

  test('that is shorter than it says is a fault', async () => {
    site.answers((response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('short')
      response.socket?.end()
    })

    await fails(get(site.url('/')), /no answer: ECONNRESET|shorter/)
  })

  test('that is encoded is not inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(900))
    site.answers((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(bomb)
    })

    await fails(get(site.url('/')), /encoded/)
  })

  test('with an over-long head is a fault', async () => {
    site.answers((response) => {
      response.writeHead(200, { 'x-long': 'x'.repeat(17 * 1024) })
      response.end()
    })

    await fails(get(site.url('/')), /HPE_HEADER_OVERFLOW/)
  })

  test('that is no HTTP is a fault', async () => {
    site.answers((response) => response.socket?.end('SSH-2.0-x\r\n'))

    await fails(get(site.url('/')), /HPE/)
  })

  test('that switches protocols is a fault', async () => {
    site.answers((response) => {
      response.socket?.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      )
    })

    await fails(get(site.url('/')), /./)
  })

  test('that does not come is a fault', async () => {
    site.answers((response) => response.socket?.destroy())

    await fails(get(site.url('/')), /no answer/)
  })
})

describe('a slow host is left in time', () => {
  const drips: readonly (readonly [string, (write: (text: string) => void) => void])[] = [
    ['before its head', () => undefined],
    ['in its head', (write) => write('HTTP/1.1 200 OK\r\nx-a')],
    ['in its body', (write) => write('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nx')],
    ['in early hints', (write) => write('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ]
  for (const [where, begin] of drips) {
    test(where, async () => {
      let isClosed: Promise<unknown> = Promise.resolve()
      site.answers((response) => {
        const { socket } = response
        assert.ok(socket !== null)
        isClosed = once(socket, 'close')
        begin((text) => socket.write(text))
        const drip = setInterval(() => socket.write('x'), 5)
        socket.on('close', () => clearInterval(drip))
      })
      const startedMs = performance.now()

      await fails(get(site.url('/'), { timeoutMs: 150 }), /too long|HPE/)

      assert.ok(performance.now() - startedMs < 2000)
      await isClosed
    })
  }

  test('in its handshake', async (t) => {
    const silent = createTcpServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    t.after(() => silent.close())
    const { port } = silent.address() as AddressInfo
    const connected = once(silent, 'connection')

    await fails(get(`https://client.test:${port}/`, { timeoutMs: 100 }), /too long/)

    const [socket] = await connected
    if (!socket.destroyed) await once(socket.resume(), 'close')
  })
})
