// What the listener counts and logs per request (src/http/hooks/observe.ts, spec 08 §1, §3).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openPublicListener, type PublicListener } from '../../support/public-listener.ts'
import { headerOf, sendRaw } from '../../support/raw-http.ts'

let listener: PublicListener

before(async () => {
  listener = await openPublicListener(new Map(), async () => undefined)
})
after(() => listener.stop())

async function send(line: string, ...headers: readonly string[]) {
  const lines = [`${line} HTTP/1.1`, 'Host: auth.test', 'Connection: close', ...headers]
  const { responses } = await sendRaw(listener.port, `${lines.join('\r\n')}\r\n\r\n`, {})
  const [response] = responses
  assert.ok(response !== undefined)
  return response
}

const lastAccess = () => listener.inline.lines.findLast(({ message }) => message === 'http request')

describe('the route of a request in the metrics', () => {
  const cases: readonly [string, string, number][] = [
    ['GET /livez', '/livez', 200],
    ['HEAD /livez', '/livez', 200],
    [
      'GET /.well-known/oauth-protected-resource/a/b/c',
      '/.well-known/oauth-protected-resource/*',
      404,
    ],
    ['GET /nowhere/at/all', 'unmatched', 404],
    ['DELETE /oauth/token', 'unmatched', 405],
    ['OPTIONS /oauth/token', 'unmatched', 204],
    ['GET /errors/%zz', 'unmatched', 404],
  ]
  for (const [line, route, status] of cases) {
    test(`of ${line} is ${route}`, async () => {
      const response = await send(line)

      assert.equal(response.status, status)
      assert.deepEqual(listener.counted.at(-1), { route, status })
    })
  }
})

describe('the access log', () => {
  test('has the path without its query, and the id and trace of the request', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `traceparent: 00-${traceId}-b7ad6b7169203331-01`
    const response = await send('GET /livez?token=hidden', traceparent, 'User-Agent: probe')

    const { level, fields } = lastAccess() ?? {}
    assert.equal(level, 'info')
    assert.equal(fields?.['path'], '/livez')
    assert.equal(fields?.['status'], 200)
    assert.equal(fields?.['trace_id'], traceId)
    assert.equal(fields?.['user_agent'], 'probe')
    assert.equal(fields?.['remote_addr'], '127.0.0.1')
    assert.equal(fields?.['request_id'], headerOf(response, 'x-request-id'))
    assert.equal(JSON.stringify(fields).includes('hidden'), false)
  })

  for (const [line, level] of [
    ['GET /livez', 'info'],
    ['GET /nowhere', 'warn'],
  ] as const) {
    test(`tells ${line} as ${level}`, async () => {
      await send(line)

      assert.equal(lastAccess()?.level, level)
    })
  }

  test('DS-11 is one line below 2 KB, whatever was sent', async () => {
    const before = listener.inline.lines.length
    const path = `/${'"'.repeat(7000)}`
    const agent = `User-Agent: ${'\u0080"\\'.repeat(2000)}`
    const { status } = await send(`GET ${path}`, agent, `X-Request-ID: ${'r'.repeat(128)}`)

    assert.equal(status, 404)
    const [line, another] = listener.inline.lines.slice(before)
    assert.equal(another, undefined)
    assert.ok(JSON.stringify(line?.fields).length < 1800)
    assert.doesNotMatch(String(line?.fields['user_agent']), /[^ -~]/)
  })

  for (const traceparent of [
    'rubbish',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
  ]) {
    test(`takes no trace from ${traceparent}`, async () => {
      await send('GET /livez', `traceparent: ${traceparent}`)

      assert.equal(lastAccess()?.fields['trace_id'], undefined)
    })
  }
})
