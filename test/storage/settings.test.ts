// Runtime settings and the lookup of providers by slug (spec 07 §3.5, §3.6).
import assert from 'node:assert/strict'
import test from 'node:test'
import { startStorage } from './harness.ts'
import { auditEvent, nowMs } from './records.ts'

const key = 'dcr_mode'

test('a setting that nobody changed is absent', async (t) => {
  const storage = await startStorage(t)

  assert.deepEqual(await storage.read('readSetting', { key }), { value: null })
})

test('the last value of a setting counts, and each change leaves a row', async (t) => {
  const storage = await startStorage(t)
  for (const [index, value] of ['open', 'admin_only'].entries()) {
    const audit = auditEvent('dcr.mode_updated')
    await storage.commit('changeSetting', { key, value, nowMs: nowMs + index, audit })
  }

  assert.deepEqual(await storage.read('readSetting', { key }), { value: 'admin_only' })
  assert.deepEqual(storage.query('SELECT * FROM runtime_settings'), [
    { key, value: 'admin_only', updated_at: '2026-03-01T12:00:00.001000000Z' },
  ])
  assert.deepEqual(storage.query('SELECT count(*) AS n FROM audit_events'), [{ n: 2 }])
})

test('a provider is found by its slug', async (t) => {
  const storage = await startStorage(t)
  storage.execute(`
    INSERT INTO broker_providers (id, slug, display_name, protocol, created_at, updated_at)
    VALUES ('p', 'mail', 'Mail', 'oauth', '', '')`)

  assert.deepEqual(await storage.read('readProviderId', { slug: 'mail' }), { id: 'p' })
  assert.deepEqual(await storage.read('readProviderId', { slug: 'p' }), { id: null })
})
