// Routes of signing keys (spec 05 §4.8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAdmin } from './admin-harness.ts'

test('lists the current key, and after a rotation the previous one too', async (t) => {
  const admin = await startAdmin(t)

  const before = await admin.send('GET', '/admin/keys')
  const rotated = await admin.send('POST', '/admin/keys/rotate')
  const after = await admin.send('GET', '/admin/keys')

  const [first] = before.json.keys
  assert.deepEqual(before.json, {
    keys: [{ kid: first.kid, alg: 'ES256', use: 'sig', status: 'current' }],
  })
  assert.equal(rotated.status, 200)
  assert.deepEqual(Object.keys(rotated.json), ['kid', 'alg'])
  assert.deepEqual(
    after.json.keys.map(({ kid, status }: { kid: string; status: string }) => [kid, status]),
    [
      [rotated.json.kid, 'current'],
      [first.kid, 'previous'],
    ],
  )
})

test('shows no private member of a key', async (t) => {
  const admin = await startAdmin(t)

  const { json } = await admin.send('GET', '/admin/keys')

  assert.deepEqual(Object.keys(json.keys[0]), ['kid', 'alg', 'use', 'status'])
})

test('audits and counts a rotation', async (t) => {
  const admin = await startAdmin(t)

  const { json } = await admin.send('POST', '/admin/keys/rotate')

  assert.deepEqual(admin.audit(), [
    {
      action: 'key.rotated',
      actor_id: 'admin',
      client_id: '',
      ip: '',
      detail: `kid=${json.kid} alg=ES256`,
    },
  ])
  assert.deepEqual(admin.inline.meterCalls, [['keyRotated']])
})

test('refuses a second rotation that comes too soon, unless it is forced', async (t) => {
  const admin = await startAdmin(t, { rotationGapMs: 3_600_000 })
  await admin.send('POST', '/admin/keys/rotate')

  const refused = await admin.send('POST', '/admin/keys/rotate')
  const forced = await admin.send('POST', '/admin/keys/rotate?force=true')

  assert.equal(refused.status, 409)
  assert.match(refused.json.detail, /too recent.*force/)
  assert.equal(forced.status, 200)
})
