// The mode of client registration: stored, else configured (spec 05 §4.8, B33).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { changeRegistrationMode } from '../../../src/flows/admin/registration-mode.ts'
import { readRegistrationMode } from '../../../src/flows/registration/registration-mode.ts'
import { createInlineServices, type InlineOptions } from '../../support/inline-services.ts'

const operator = { actorId: 'admin', trace: null }
const changes = `SELECT detail FROM audit_events WHERE action = 'dcr.mode_updated' ORDER BY id`

async function start(t: TestContext, registration: InlineOptions['registration'] = {}) {
  const inline = await createInlineServices({ registration })
  t.after(inline.stop)
  return inline
}

test('the configured mode is in force until another is stored', async (t) => {
  const { services } = await start(t, { mode: 'open' })

  assert.equal(await readRegistrationMode(services, null), 'open')
  assert.equal(await changeRegistrationMode(services, operator, 'admin_only'), 'admin_only')
  assert.equal(await readRegistrationMode(services, null), 'admin_only')
})

test('a change leaves one row with the old and the new mode', async (t) => {
  const { services, rows } = await start(t, { mode: 'open' })

  await changeRegistrationMode(services, operator, 'admin_only')
  await changeRegistrationMode(services, operator, 'admin_only')
  await changeRegistrationMode(services, operator, 'open')

  assert.deepEqual(rows(changes), [
    { detail: 'old=open new=admin_only' },
    { detail: 'old=admin_only new=open' },
  ])
})

test('the configured mode can be stored, so that it outlives the configuration', async (t) => {
  const { services } = await start(t, { mode: 'admin_only' })
  await changeRegistrationMode(services, operator, 'admin_only')
  const { settings } = services
  const registration = { ...settings.registration, mode: 'open' } as const

  const restarted = { ...services, settings: { ...settings, registration } }

  assert.equal(await readRegistrationMode(restarted, null), 'admin_only')
})

test('a stored mode does not count where it cannot be changed', async (t) => {
  const { services } = await start(t, { mode: 'open', isSwitchable: false })
  await changeRegistrationMode(services, operator, 'admin_only')

  assert.equal(await readRegistrationMode(services, null), 'open')
})

test('a stored mode that nobody knows is ignored, loudly', async (t) => {
  const { services, execute, lines } = await start(t, { mode: 'admin_only' })
  execute(`INSERT INTO runtime_settings (key, value, updated_at) VALUES ('dcr_mode', 'shut', '')`)

  assert.equal(await readRegistrationMode(services, null), 'admin_only')
  const errors = lines.filter(({ level }) => level === 'error')
  assert.equal(errors.length, 1)
  assert.match(errors[0]?.message ?? '', /stored registration mode ignored/)
})

for (const [what, mode, message] of [
  ['an unknown mode', 'closed', /open, approved_redirects, admin_only/],
  ['approved redirects without any', 'approved_redirects', /dcr\.approved_redirects is empty/],
] as const) {
  test(`refuses ${what} and stores nothing`, async (t) => {
    const { services, rows } = await start(t)

    await assert.rejects(changeRegistrationMode(services, operator, mode), {
      name: 'AdminError',
      code: 'invalid',
      message,
    })
    assert.deepEqual(rows('SELECT * FROM runtime_settings'), [])
    assert.deepEqual(rows(changes), [])
  })
}

test('takes approved redirects when there are some', async (t) => {
  const { services } = await start(t, { approvedRedirects: ['https://app.test/callback'] })

  await changeRegistrationMode(services, operator, 'approved_redirects')

  assert.equal(await readRegistrationMode(services, null), 'approved_redirects')
})
