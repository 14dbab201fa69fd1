// Routes of sign-in, statistics, system and settings (spec 05 §2, §4.8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedClient } from '../../support/seed.ts'
import { problem, startAdmin } from './admin-harness.ts'

test('says that the key is right, with the version, and records the sign-in', async (t) => {
  const admin = await startAdmin(t)

  const { status, json } = await admin.send('POST', '/admin/auth/verify')

  assert.equal(status, 200)
  assert.deepEqual(json, { valid: true, version: '0.0.0-test' })
  assert.deepEqual(admin.audit(), [
    {
      action: 'admin.ui.login',
      actor_id: 'admin',
      client_id: '',
      ip: '',
      detail: 'api_key_verified',
    },
  ])
})

test('a wrong key is no sign-in', async (t) => {
  const admin = await startAdmin(t)

  const { status } = await admin.sendRaw({
    method: 'POST',
    url: '/admin/auth/verify',
    headers: { authorization: 'Bearer wrong' },
  })

  assert.equal(status, 401)
  assert.deepEqual(admin.audit(), [])
})

test('counts for the overview', async (t) => {
  const admin = await startAdmin(t)
  await seedClient(admin.inline.services, 'm2m', {})
  await seedClient(admin.inline.services, 'other', {})

  const { status, json } = await admin.send('GET', '/admin/stats')

  assert.equal(status, 200)
  assert.deepEqual(json, {
    clients: 2,
    users: 0,
    active_tokens_24h: 0,
    revoked_tokens: 0,
    connections: 0,
  })
})

test('tells the state of the parts, also while the database is down', async (t) => {
  const admin = await startAdmin(t)
  const storageOf = (json: { subsystems: readonly { name: string; status: string }[] }) =>
    json.subsystems.find(({ name }) => name === 'storage')?.status

  const up = await admin.send('GET', '/admin/system/status')
  await admin.inline.stopActor('storage')
  const down = await admin.send('GET', '/admin/system/status')

  assert.equal(up.status, 200)
  assert.equal(up.json.version, '0.0.0-test')
  assert.equal(storageOf(up.json), 'healthy')
  assert.equal(down.status, 200)
  assert.notEqual(storageOf(down.json), 'healthy')
})

test('shows the configuration by drivers and flags', async (t) => {
  const admin = await startAdmin(t)

  const { status, json } = await admin.send('GET', '/admin/system/config')

  assert.equal(status, 200)
  assert.equal(json.issuer, 'https://auth.test')
  assert.deepEqual(json.signing, { algorithm: 'ES256', key_store: 'keyfile' })
  assert.deepEqual(json.dcr, { mode: 'open' })
  assert.equal(json.notices.length, 1)
})

test('changes the registration mode at once, and records it', async (t) => {
  const admin = await startAdmin(t)

  const changed = await admin.send('PATCH', '/admin/settings/dcr', { mode: 'admin_only', more: 1 })
  const read = await admin.send('GET', '/admin/settings/dcr')

  assert.equal(changed.status, 200)
  assert.deepEqual(changed.json, { mode: 'admin_only' })
  assert.deepEqual(read.json, { mode: 'admin_only' })
  assert.deepEqual(
    admin.audit().map(({ action, detail }) => [action, detail]),
    [['dcr.mode_updated', 'old=open new=admin_only']],
  )
})

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ['an unknown mode', { mode: 'closed' }, /mode must be one of/],
  ['no mode', {}, /mode is required/],
  ['a mode that is no text', { mode: 1 }, /mode must be a string/],
  ['approved redirects without any', { mode: 'approved_redirects' }, /approved_redirects/],
  ['a body that is no JSON', 'mode', /not valid JSON/],
]

for (const [what, body, detail] of refused) {
  test(`refuses ${what}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('PATCH', '/admin/settings/dcr', body)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, detail)
    assert.deepEqual(admin.audit(), [])
  })
}

for (const url of ['/admin/stats', '/admin/system/config', '/admin/settings/dcr']) {
  test(`${url} is unavailable without the database`, async (t) => {
    const admin = await startAdmin(t)
    await admin.inline.stopActor('storage')

    const answer = await admin.send('GET', url)

    const detail = 'the server cannot answer right now'
    assert.deepEqual(answer.json, problem(503, 'Service Unavailable', detail))
    assert.equal(answer.headers['retry-after'], '1')
  })
}
