// State and configuration as administrators see them (spec 05 §4.8).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { readSystemConfig, readSystemStatus } from '../../../src/flows/admin/system.ts'
import { createInlineServices, type InlineOptions } from '../../support/inline-services.ts'

const operator = { actorId: 'admin', trace: null }

async function start(t: TestContext, options: InlineOptions = {}) {
  const inline = await createInlineServices(options)
  t.after(inline.stop)
  return inline
}

test('tells that the parts work, and for how long', async (t) => {
  const { services } = await start(t)
  const { startedAtMs } = services.settings.system
  const clock = { ...services.clock, nowMs: () => startedAtMs + 61_900 }

  const status = await readSystemStatus({ ...services, clock }, operator)

  assert.deepEqual(status, {
    version: '0.0.0-test',
    uptimeSeconds: 61,
    subsystems: [
      { name: 'storage', status: 'healthy', driver: 'sqlite' },
      { name: 'signing', status: 'healthy', driver: 'keyfile' },
      { name: 'encryption', status: 'not_configured', driver: '' },
    ],
  })
})

for (const [name, index] of [
  ['storage', 0],
  ['signer', 1],
] as const) {
  test(`tells that the part of ${name} does not work`, async (t) => {
    const { services, stopActor } = await start(t)
    await stopActor(name)

    const { subsystems } = await readSystemStatus(services, operator)

    const statuses = subsystems.slice(0, 2).map(({ status }) => status)
    assert.deepEqual(statuses, ['healthy', 'healthy'].with(index, 'unhealthy'))
  })
}

test('a clock that was set back makes no negative uptime', async (t) => {
  const { services } = await start(t)
  const clock = { ...services.clock, nowMs: () => 0 }

  assert.equal((await readSystemStatus({ ...services, clock }, operator)).uptimeSeconds, 0)
})

for (const [mode, defaultClientScope, count] of [
  ['open', '', 1],
  ['open', 'read', 0],
  ['admin_only', '', 0],
] as const) {
  test(`mode ${mode} with the ceiling "${defaultClientScope}": ${count} notices`, async (t) => {
    const { services } = await start(t, { registration: { mode, defaultClientScope } })

    const { notices, registrationMode } = await readSystemConfig(services, operator)

    assert.equal(registrationMode, mode)
    assert.deepEqual(
      notices.map(({ id }) => id),
      ['oauth-default-client-scope-required-v0.3.0'].slice(0, count),
    )
  })
}
