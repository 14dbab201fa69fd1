// Attack catalogue, group HT: the HTTP layer, in bytes (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type AttackTarget,
  ccBody,
  issues,
  onlyResponse,
  startTarget,
  tokenRequest,
  unharmed,
} from '../support/attack.ts'
import { headerOf, type RawAnswer, type RawResponse } from '../support/raw-http.ts'

let target: AttackTarget
const body = ccBody('conf', {})
const good = tokenRequest(body, {})

before(async () => {
  target = await startTarget({
    environment: { AUTHPLANE_SERVER_ALLOWED_ORIGINS: 'https://app.test' },
  })
})

after(() => target.stop())

const attack = (bytes: string): Promise<RawAnswer> => unharmed(target, () => target.send(bytes))

/** One refusal, and the connection is gone: nothing behind it can be read as a second request. */
async function refusedAndClosed(bytes: string, status: number): Promise<RawResponse> {
  const answer = await attack(bytes)
  const response = onlyResponse(answer)
  assert.equal(response.status, status, answer.text)
  assert.equal(answer.isClosed, true, 'the connection is closed')
  return response
}

/** A form body in chunks, with the given framing headers. */
function chunked(...headers: readonly string[]): string {
  const size = Buffer.byteLength(body).toString(16)
  const lines = [
    'POST /oauth/token HTTP/1.1',
    'Host: auth.test',
    'Connection: close',
    'Content-Type: application/x-www-form-urlencoded',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`
}

test('control: the request that the rows bend is a good one, whole and in chunks', async () => {
  await issues(target, async () => onlyResponse(await target.send(good)))
  await issues(target, async () =>
    onlyResponse(await target.send(chunked('Transfer-Encoding: chunked'))),
  )
})

describe('HT-01 and HT-02 two ways to say how long a body is', () => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  const cases: readonly [string, string][] = [
    ['length and chunks', chunked('Content-Length: 4', 'Transfer-Encoding: chunked')],
    ['chunks and length', chunked('Transfer-Encoding: chunked', 'Content-Length: 4')],
    ['two different lengths', good.replace(length, `${length}\r\nContent-Length: 1`)],
    ['two equal lengths', good.replace(length, `${length}\r\n${length}`)],
    ['a list of lengths', good.replace(length, `${length}, 1`)],
  ]
  for (const [name, bytes] of cases) {
    test(`${name} are refused`, async () => {
      await refusedAndClosed(bytes, 400)
    })
  }
})

describe('HT-03 variants of chunked are refused:', () => {
  const cases: readonly [string, string][] = [
    ['xchunked', 'Transfer-Encoding: xchunked'],
    ['chunked before identity', 'Transfer-Encoding: chunked, identity'],
    ['identity', 'Transfer-Encoding: identity'],
    ['a folded line', 'Transfer-Encoding:\r\n chunked'],
    ['a space before the colon', 'Transfer-Encoding : chunked'],
    ['a tab in front', 'Transfer-Encoding: \x0bchunked'],
    ['twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
  ]
  for (const [name, header] of cases) {
    test(name, async () => {
      await refusedAndClosed(chunked(header), 400)
    })
  }

  for (const [name, size] of [
    ['a chunk size with 0x', '0x10'],
    ['a negative chunk size', '-1'],
    ['a chunk size that overflows', 'ffffffffffffffffff'],
    ['a blank chunk size', ' '],
  ] as const) {
    test(name, async () => {
      const hex = Buffer.byteLength(body).toString(16)
      const bytes = chunked('Transfer-Encoding: chunked').replace(
        `\r\n\r\n${hex}\r\n`,
        `\r\n\r\n${size}\r\n`,
      )
      await refusedAndClosed(bytes, 400)
    })
  }
})

describe('HT-04 bytes that no request has are refused:', () => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  const cases: readonly [string, string][] = [
    ['bare line feeds', good.replaceAll('\r\n', '\n')],
    [
      'one bare line feed between headers',
      good.replace('Host: auth.test\r\n', 'Host: auth.test\n'),
    ],
    ['a bare carriage return in a header', good.replace('auth.test', 'auth\rtest')],
    ['NUL in a header value', good.replace('auth.test', 'auth\0test')],
    ['NUL in a header name', good.replace('Connection', 'Conn\0ction')],
    ['a signed length', good.replace(length, `Content-Length: +${Buffer.byteLength(body)}`)],
    ['a negative length', good.replace(length, 'Content-Length: -1')],
    ['a hexadecimal length', good.replace(length, 'Content-Length: 0x10')],
    ['a length with a space inside', good.replace(length, 'Content-Length: 1 0')],
    ['a header without name', good.replace('Connection: close', ': close')],
    ['a space in a header name', good.replace('Connection:', 'Conn ection:')],
    ['a folded header', good.replace('Host: auth.test', 'Host: auth.test\r\n x')],
  ]
  for (const [name, bytes] of cases) {
    test(name, async () => {
      await refusedAndClosed(bytes, 400)
    })
  }
})

test('HT-05 a request without Host is refused', async () => {
  await refusedAndClosed(good.replace('Host: auth.test\r\n', ''), 400)
})

describe('HT-06 a header that must come once', () => {
  const cases: readonly [string, string][] = [
    ['Host with another value', 'Host: evil.test'],
    ['Host with the same value', 'Host: auth.test'],
    ['hOST in other case', 'hOST: evil.test'],
    ['Content-Type', 'Content-Type: text/plain'],
    ['Authorization', 'Authorization: Basic YTpi\r\nAuthorization: Basic Yzpk'],
    ['DPoP', 'DPoP: a\r\nDPoP: b'],
  ]
  for (const [name, header] of cases) {
    test(`is refused when it comes twice: ${name}`, async () => {
      const bytes = good.replace('Connection: close', `Connection: close\r\n${header}`)
      const response = onlyResponse(await attack(bytes))
      assert.equal(response.status, 400)
    })
  }
})

describe('HT-07 a target that is no path is refused:', () => {
  for (const uri of [
    'http://evil.test/oauth/token',
    'http://auth.test/oauth/token',
    'https://auth.test/oauth/token',
    'oauth/token',
    '*',
    '?x',
  ]) {
    test(uri, async () => {
      const response = onlyResponse(await attack(good.replace(' /oauth/token ', ` ${uri} `)))
      assert.ok(response.status === 400 || response.status === 404, `${response.status}`)
      assert.equal(response.body.includes('evil.test'), false)
    })
  }
})

describe('HT-08 a request line that is none', () => {
  for (const [name, bytes] of [
    ['without version', 'GET /.well-known/jwks.json\r\n\r\n'],
    ['of HTTP/0.9', 'GET /.well-known/jwks.json HTTP/0.9\r\nHost: a\r\n\r\n'],
    ['of HTTP/2', 'GET /.well-known/jwks.json HTTP/2.0\r\nHost: a\r\n\r\n'],
    ['of HTTP/1.2', 'GET /.well-known/jwks.json HTTP/1.2\r\nHost: a\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['in lower case', 'get /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n'],
  ] as const) {
    test(`${name} is refused and the connection closed`, async () => {
      const answer = await attack(bytes)

      assert.equal(answer.isClosed, true, answer.text)
      for (const { status } of answer.responses) assert.equal(status, 400)
    })
  }
})

describe('HT-09 and HT-10 the size of the head', () => {
  test('control: a head below the bound is read', async () => {
    const bytes = good.replace(
      'Connection: close',
      `Connection: close\r\nX-Pad: ${'a'.repeat(8000)}`,
    )
    await issues(target, async () => onlyResponse(await target.send(bytes)))
  })

  test('of one long header is bounded', async () => {
    const bytes = good.replace('Connection: close', `X-Pad: ${'a'.repeat(20_000)}`)
    await refusedAndClosed(bytes, 431)
  })

  test('of many headers is bounded', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `X-${index}: a`).join('\r\n')
    await refusedAndClosed(good.replace('Connection: close', many), 431)
  })

  test('of a long target is bounded', async () => {
    await refusedAndClosed(good.replace('/oauth/token', `/${'a'.repeat(20_000)}`), 431)
  })
})

describe('HT-11 another spelling of a path is another path:', () => {
  for (const path of [
    '//oauth/token',
    '/oauth//token',
    '/oauth/token/',
    '/oauth/%74oken',
    '/oauth%2ftoken',
    '/oauth/token%2f',
    '/oauth/token;x',
    '/oauth/token;a=b',
    '/OAUTH/TOKEN',
    '/oauth/Token',
    '/oauth/token%00',
    '/oauth/token%20',
    '/x/../oauth/token',
    '/./oauth/token',
    '/%2e/oauth/token',
    '/oauth/token/..',
    '/oauth/./token',
    '/oauth\\token',
    '/oauth/token%',
    '/oauth/token%ff',
    '/oauth/token.json',
  ]) {
    test(path, async () => {
      const answer = await attack(good.replace(' /oauth/token ', ` ${path} `))
      assert.equal(onlyResponse(answer).status, 404, answer.text)
    })
  }

  test('a fragment is no part of a target', async () => {
    const answer = await attack(good.replace(' /oauth/token ', ' /oauth/token#x '))
    assert.ok([400, 404].includes(onlyResponse(answer).status), answer.text)
  })
})

test('HT-13 forwarding headers of anybody change neither URLs nor the logged address', async () => {
  const forged = [
    'X-Forwarded-For: 203.0.113.66',
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: gopher',
    'X-Real-IP: 203.0.113.66',
    'X-Request-ID: forwarded-by-anybody',
    'Forwarded: for=203.0.113.66;host=evil.test',
  ].join('\r\n')
  const head = 'GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: evil.test'
  const request = `${head}\r\nConnection: close\r\n${forged}\r\n\r\n`
  const response = onlyResponse(await attack(request))

  assert.equal(response.status, 200)
  assert.equal(JSON.parse(response.body).issuer, target.issuer)
  assert.equal(response.body.includes('evil.test'), false)
  await target.logContains('forwarded-by-anybody')
  assert.equal(target.log().includes('203.0.113.66'), false)
})

describe('HT-14 methods that nobody needs', () => {
  for (const method of ['TRACE', 'PROPFIND', 'LINK', 'PURGE', 'QUERY']) {
    test(`${method} is refused and echoes nothing`, async () => {
      const headers = 'Host: a\r\nConnection: close\r\nX-Echo: canary'
      const bytes = `${method} /oauth/token HTTP/1.1\r\n${headers}\r\n\r\n`
      const answer = await attack(bytes)

      assert.ok([400, 404, 405].includes(onlyResponse(answer).status), answer.text)
      assert.equal(answer.text.includes('canary'), false)
    })
  }

  test('CONNECT opens no tunnel', async () => {
    const answer = await attack('CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n')

    assert.equal(answer.isClosed, true)
    for (const { status } of answer.responses) assert.ok(status >= 400)
  })

  for (const upgrade of ['h2c', 'websocket']) {
    test(`an upgrade to ${upgrade} is not made`, async () => {
      const bytes = good.replace(
        'Connection: close',
        `Connection: Upgrade, close\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__`,
      )
      const answer = await target.send(bytes)

      assert.notEqual(answer.responses[0]?.status, 101)
      assert.equal(answer.text.includes('101 '), false)
    })
  }
})

describe('HT-15 the security headers are on', () => {
  const cases: readonly [string, string, number][] = [
    ['a token', good, 200],
    ['a 404', good.replace('/oauth/token', '/nowhere'), 404],
    ['a 404 of a path that cannot be decoded', good.replace('/oauth/token', '/%ff'), 404],
    ['a 405', good.replace('POST', 'DELETE'), 405],
    ['a 413', tokenRequest('a'.repeat(70_000), {}), 413],
    ['a 400 of our own', good.replace('Connection: close', 'Connection: close\r\nHost: b'), 400],
    ['a 400 of the parser', good.replace('Host: auth.test\r\n', 'Host auth.test\r\n'), 400],
    ['a 431', good.replace('Connection: close', `X-Pad: ${'a'.repeat(20_000)}`), 431],
  ]
  for (const [name, bytes, status] of cases) {
    test(name, async () => {
      const response = onlyResponse(await target.send(bytes))

      assert.equal(response.status, status)
      assert.equal(headerOf(response, 'x-content-type-options'), 'nosniff')
      assert.equal(headerOf(response, 'x-frame-options'), 'DENY')
      assert.equal(headerOf(response, 'referrer-policy'), 'no-referrer')
      assert.match(headerOf(response, 'content-security-policy') ?? '', /^default-src 'none';/)
    })
  }
})

test('HT-16 a preflight names what the specification names and nothing else', async () => {
  const preflight = (origin: string): string =>
    `OPTIONS /oauth/token HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: ${origin}\r\n\r\n`
  const allowed = onlyResponse(await attack(preflight('https://app.test')))
  const names = [...allowed.headers.keys()].filter((name) => name.startsWith('access-control-'))

  assert.equal(allowed.status, 204)
  assert.deepEqual(names.toSorted(), [
    'access-control-allow-headers',
    'access-control-allow-methods',
    'access-control-allow-origin',
    'access-control-expose-headers',
    'access-control-max-age',
  ])
  for (const origin of ['https://evil.test', 'null']) {
    const other = onlyResponse(await attack(preflight(origin)))
    assert.equal(other.status, 204)
    assert.deepEqual(
      [...other.headers.keys()].filter((name) => name.startsWith('access-control-')),
      [],
    )
  }
})

describe('HT-17 requests that follow one another on a connection', () => {
  const keep = (bytes: string) => bytes.replace('Connection: close', 'Connection: keep-alive')

  test('are answered one by one, in order', async () => {
    const first = `GET /livez HTTP/1.1\r\nHost: a\r\n\r\n`
    const second = `GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const answer = await attack(first + second)

    assert.deepEqual(
      answer.responses.map(({ status }) => status),
      [200, 404],
    )
  })

  test('stop at the first that is too large', async () => {
    const large = keep(tokenRequest(`a=${'a'.repeat(70_000)}`, {}))
    const answer = await attack(large + good)

    assert.equal(answer.responses.length, 1)
    assert.equal(answer.responses[0]?.status, 413)
    assert.equal(answer.isClosed, true)
  })

  test('stop at the first that cannot be read', async () => {
    const answer = await attack(keep(good).replace('Host: auth.test', 'Host auth.test') + good)

    assert.equal(answer.responses.length, 1)
    assert.equal(answer.responses[0]?.status, 400)
  })
})

test('HT-18 no answer names the software', async () => {
  for (const bytes of [good, good.replace('/oauth/token', '/x'), 'rubbish\r\n\r\n']) {
    const answer = await target.send(bytes)
    assert.doesNotMatch(answer.text, /^(?:server|x-powered-by|via):/im)
    assert.doesNotMatch(answer.text, /fastify|node\.js/i)
  }
})
