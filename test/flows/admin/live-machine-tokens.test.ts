// The search for live tokens before a client is deleted (spec 05 §4.1).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { deleteClient } from '../../../src/flows/admin/clients.ts'
import { findDeadTokens } from '../../../src/flows/admin/live-machine-tokens.ts'
import type { Services } from '../../../src/flows/services.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient, seedResource, seedToken } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const hourMs = 3_600_000

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  await seedClient(inline.services, 'c', {})
  await seedResource(inline.services, 'r', {})
  return inline
}

/** One dead, one live, one dead token of client c, of the kind that is asked for. */
async function issueThree(services: Services, resourceId: string | null): Promise<void> {
  for (const lifeMs of [-1, hourMs, -1]) {
    await seedToken(services, { clientId: 'c', resourceId, lifeMs })
  }
}

for (const [what, resourceId, found] of [
  ['bound to a resource', 'r', { issuances: 2, unbound: 0 }],
  ['bound to none', null, { issuances: 1, unbound: 2 }],
] as const) {
  test(`ends at the first live token ${what}`, async (t) => {
    const { services } = await start(t)
    await issueThree(services, resourceId)
    const given = { clientId: 'c', nowMs: services.clock.nowMs(), every: false }

    assert.deepEqual(await findDeadTokens(services, operator, given), found)
  })

  test(`a client with a live token ${what} is deleted only by force`, async (t) => {
    const { services, rows } = await start(t)
    await issueThree(services, resourceId)

    await assert.rejects(deleteClient(services, operator, { id: 'c', force: false }), {
      code: 'conflict',
    })
    await deleteClient(services, operator, { id: 'c', force: true })

    assert.deepEqual(rows(`SELECT id FROM clients`), [])
    const live = `SELECT jti FROM machine_tokens WHERE revoked = 0 AND expires_at > ?`
    assert.deepEqual(rows(live, new Date().toISOString()), [])
  })
}

test('with every, all live tokens are above the place', async (t) => {
  const { services } = await start(t)
  for (const lifeMs of [-1, hourMs, -1, hourMs]) {
    await seedToken(services, { clientId: 'c', resourceId: 'r', lifeMs })
  }
  const given = { clientId: 'c', nowMs: services.clock.nowMs(), every: true }

  assert.deepEqual(await findDeadTokens(services, operator, given), { issuances: 2, unbound: 1 })
})

test('a token that comes to life after the search keeps its client', async (t) => {
  const { services } = await start(t)
  await seedToken(services, { clientId: 'c', resourceId: 'r', lifeMs: -1 })
  const interrupted: Services = {
    ...services,
    storage: {
      name: services.storage.name,
      tell: (kind, request) => services.storage.tell(kind, request),
      load: () => services.storage.load(),
      ask: async (kind, request, options) => {
        if (kind === 'deleteClient') {
          await seedToken(services, { clientId: 'c', resourceId: 'r', lifeMs: hourMs })
        }
        return services.storage.ask(kind, request, options)
      },
    },
  }

  await assert.rejects(deleteClient(interrupted, operator, { id: 'c', force: false }), {
    code: 'conflict',
  })
})

test('an unknown client is unknown, whatever tokens it left behind', async (t) => {
  const { services } = await start(t)
  await seedToken(services, { clientId: 'c', resourceId: 'r', lifeMs: hourMs })
  await deleteClient(services, operator, { id: 'c', force: true })

  await assert.rejects(deleteClient(services, operator, { id: 'c', force: false }), {
    code: 'not_found',
  })
})
