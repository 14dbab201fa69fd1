// The limiter of the admin listener (spec 05 §1.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiKey, startAdmin } from './admin-harness.ts'

const two = { perSecond: 0.001, burst: 2 }

test('refuses a request over the rate in its own form', async (t) => {
  const admin = await startAdmin(t, { rateLimit: two })
  await admin.send('GET', '/admin/keys')
  await admin.send('GET', '/admin/keys')

  const answer = await admin.send('GET', '/admin/keys')

  assert.equal(answer.status, 429)
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['retry-after'], '1')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.deepEqual(answer.json, {
    error: 'slow_down',
    error_description: 'rate limit exceeded',
  })
})

test('counts every route, known or not, with or without the key', async (t) => {
  const metricsRoute = { path: '/metrics', contentType: 'text/plain', render: async () => 'up 1' }
  for (const url of ['/metrics', '/openapi.json', '/admin/keys', '/admin/nothing', '/']) {
    const admin = await startAdmin(t, { rateLimit: two, metricsRoute })

    const first = await admin.sendRaw({ method: 'GET', url })
    await admin.sendRaw({ method: 'GET', url })
    const third = await admin.send('GET', url)

    assert.notEqual(first.status, 429, url)
    assert.equal(third.status, 429, url)
  }
})

test('counts by the peer of the socket, whatever a header says', async (t) => {
  const admin = await startAdmin(t, { rateLimit: two })
  const send = (forwardedFor: string, remoteAddress: string) =>
    admin.sendRaw({
      method: 'GET',
      url: '/admin/keys',
      remoteAddress,
      headers: { authorization: `Bearer ${apiKey}`, 'x-forwarded-for': forwardedFor },
    })

  await send('192.0.2.1', '198.51.100.1')
  await send('192.0.2.2', '198.51.100.1')
  const third = await send('192.0.2.3', '198.51.100.1')
  const other = await send('192.0.2.3', '198.51.100.2')

  assert.equal(third.status, 429)
  assert.equal(other.status, 200)
})

test('does nothing where no rate is configured', async (t) => {
  const admin = await startAdmin(t)

  for (let count = 0; count < 200; count += 1) {
    const { status } = await admin.send('GET', '/admin/keys')
    assert.equal(status, 200)
  }
})
