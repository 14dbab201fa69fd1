// The API key (spec 05 §2) and what all admin routes have in common (spec 05 §1, §3).
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { apiKey, problem, startAdmin } from './admin-harness.ts'

const url = '/admin/clients'

const refusals: readonly (readonly [string, string | undefined, string])[] = [
  ['without a header', undefined, 'missing API key'],
  ['with an empty header', '', 'missing API key'],
  ['with another scheme', `Basic ${apiKey}`, 'missing API key'],
  ['with the scheme in lower case', `bearer ${apiKey}`, 'missing API key'],
  ['with a wrong key', 'Bearer wrong', 'invalid API key'],
  ['with the beginning of the key', `Bearer ${apiKey.slice(0, -1)}`, 'invalid API key'],
  ['with the key and more', `Bearer ${apiKey}x`, 'invalid API key'],
  ['with two spaces', `Bearer  ${apiKey}`, 'invalid API key'],
]

for (const [how, authorization, description] of refusals) {
  test(`refuses a request ${how}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.sendRaw({
      method: 'GET',
      url,
      headers: authorization === undefined ? {} : { authorization },
    })

    assert.equal(answer.status, 401)
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="admin"')
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.deepEqual(answer.json, { error: 'unauthorized', error_description: description })
  })
}

test('refuses everybody when no key is configured', async (t) => {
  const admin = await startAdmin(t, { digest: null })

  const answer = await admin.send('GET', url)

  assert.equal(answer.status, 401)
  assert.equal(answer.json.error_description, 'admin API key not configured')
})

test('accepts a key with letters beyond ASCII by its bytes', async (t) => {
  const key = 'schlüssel-名前'
  const admin = await startAdmin(t, { digest: hash('sha256', key, 'buffer') })
  const asHeader = Buffer.from(key, 'utf8').toString('latin1')

  const answer = await admin.sendRaw({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${asHeader}` },
  })

  assert.equal(answer.status, 200)
})

test('checks the key on every admin route before anything else', async (t) => {
  const admin = await startAdmin(t)
  const routes = [
    ['POST', '/admin/clients'],
    ['GET', '/admin/clients/x'],
    ['PATCH', '/admin/clients/x'],
    ['DELETE', '/admin/clients/x'],
    ['POST', '/admin/clients/x/rotate-secret'],
    ['PATCH', '/admin/clients/x/suspend'],
    ['PATCH', '/admin/clients/x/revoke'],
    ['PATCH', '/admin/clients/x/reactivate'],
    ['GET', '/admin/resources'],
    ['POST', '/admin/resources'],
    ['GET', '/admin/resources/x'],
    ['PATCH', '/admin/resources/x'],
    ['DELETE', '/admin/resources/x'],
    ['GET', '/admin/resources/x/policy/exchange/allowed-clients'],
    ['POST', '/admin/resources/x/policy/exchange/allowed-clients'],
    ['DELETE', '/admin/resources/x/policy/exchange/allowed-clients/y'],
    ['GET', '/admin/resources/x/policy/connect/allowed-return-urls'],
    ['POST', '/admin/resources/x/policy/connect/allowed-return-urls'],
    ['DELETE', '/admin/resources/x/policy/connect/allowed-return-urls'],
    ['GET', '/admin/resources/x/policy/runtime/client-ids'],
    ['POST', '/admin/resources/x/policy/runtime/client-ids'],
    ['DELETE', '/admin/resources/x/policy/runtime/client-ids/y'],
    ['GET', '/admin/issuances'],
    ['GET', '/admin/issuances/x'],
    ['DELETE', '/admin/issuances/x'],
    ['GET', '/admin/keys'],
    ['POST', '/admin/keys/rotate'],
    ['POST', '/admin/auth/verify'],
    ['GET', '/admin/audit'],
    ['GET', '/admin/audit/export'],
    ['GET', '/admin/stats'],
    ['GET', '/admin/system/status'],
    ['GET', '/admin/system/config'],
    ['GET', '/admin/settings/dcr'],
    ['PATCH', '/admin/settings/dcr'],
    ['GET', '/admin/resources/x/fronting'],
  ] as const

  for (const [method, path] of routes) {
    const answer = await admin.sendRaw({ method, url: path, payload: '{' })
    assert.equal(answer.status, 401, `${method} ${path}`)
  }
})

test('serves metrics without a key, and nothing when they are off', async (t) => {
  const on = await startAdmin(t, {
    metricsRoute: {
      path: '/metrics',
      contentType: 'text/plain; version=0.0.4',
      render: async () => 'up 1\n',
    },
  })
  const off = await startAdmin(t)

  const answer = await on.sendRaw({ method: 'GET', url: '/metrics' })
  const nothing = await off.sendRaw({ method: 'GET', url: '/metrics' })

  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4')
  assert.equal(answer.text, 'up 1\n')
  assert.equal(nothing.status, 404)
})

for (const path of [
  '/admin/nothing',
  '/oauth/token',
  '/health',
  '/admin/clients/%00',
  '/admin/%63lients',
]) {
  test(`answers ${path} with a plain 404`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('GET', path)

    assert.equal(answer.status, 404)
    assert.equal(answer.text, 'not found\n')
  })
}

test('answers a known path with a wrong method by 405 and the right ones', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('PUT', '/admin/clients')

  assert.equal(answer.status, 405)
  assert.equal(answer.headers['allow'], 'GET, HEAD, POST')
})

test('sends no CORS header to anybody', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.sendRaw({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${apiKey}`, origin: 'https://evil.test' },
  })

  assert.equal(answer.status, 200)
  assert.equal(answer.headers['access-control-allow-origin'], undefined)
})

for (const body of ['', '{', '[]', '"text"', 'null', '{"client_name":"\ud800"', '\ufeff{}']) {
  test(`refuses the body ${JSON.stringify(body)}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('POST', url, body)

    assert.equal(answer.status, 400)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    assert.equal(answer.json.type, 'about:blank')
    assert.equal(answer.json.title, 'Bad Request')
    assert.match(answer.json.detail, /JSON/)
  })
}

test('refuses bytes that are not UTF-8', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.sendRaw({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${apiKey}` },
    payload: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  })

  assert.deepEqual(answer.json, problem(400, 'Bad Request', 'the body is not valid JSON'))
})

test('reads JSON whatever content type a script names', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.sendRaw({
    method: 'POST',
    url,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: '{"client_name":"Script","redirect_uris":["https://a.test/"]}',
  })

  assert.equal(answer.status, 201)
})

test('refuses an encoded body', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.sendRaw({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${apiKey}`, 'content-encoding': 'gzip' },
    payload: 'x',
  })

  assert.equal(answer.status, 415)
  assert.equal(answer.json.type, 'about:blank')
})

test('refuses a body above 1 MiB and closes', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('POST', url, `{"client_name":"${'a'.repeat(1024 * 1024)}"}`)

  assert.equal(answer.headers['connection'], 'close')
  assert.deepEqual(answer.json, problem(413, 'Content Too Large', 'the request body is too large'))
})

test('refuses a path parameter of more than 256 bytes', async (t) => {
  const admin = await startAdmin(t)

  const longest = await admin.send('GET', `${url}/${'a'.repeat(256)}`)
  const longer = await admin.send('GET', `${url}/${'a'.repeat(257)}`)

  assert.equal(longest.status, 404)
  assert.deepEqual(longer.json, problem(400, 'Bad Request', 'id must be 1 to 256 bytes'))
})

test('answers 503 with Retry-After while storage is away', async (t) => {
  const admin = await startAdmin(t)
  await admin.inline.stopActor('storage')

  const answer = await admin.send('GET', url)

  assert.equal(answer.headers['retry-after'], '1')
  assert.deepEqual(
    answer.json,
    problem(503, 'Service Unavailable', 'the server cannot answer right now'),
  )
})

test('tells nobody but the log about a bug', async (t) => {
  const admin = await startAdmin(t)
  const { services } = admin.inline
  t.mock.method(services.storage, 'ask', () => Promise.reject(new Error('inner detail')))

  const answer = await admin.send('GET', url)

  assert.deepEqual(answer.json, problem(500, 'Internal Server Error', 'internal error'))
  assert.ok(
    admin.inline.lines.some(
      ({ message, fields }) =>
        message === 'admin request failed' && fields['error'] === 'inner detail',
    ),
  )
})
