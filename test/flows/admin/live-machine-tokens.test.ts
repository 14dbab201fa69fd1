// The search for live tokens before a client is deleted (spec 05 §4.1).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { instantText } from '../../../actors/storage/dialect.ts'
import { deleteClient } from '../../../src/flows/admin/clients.ts'
import { surveyTokens } from '../../../src/flows/admin/live-machine-tokens.ts'
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

    assert.deepEqual((await surveyTokens(services, operator, given)).deadBelow, found)
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

  assert.deepEqual((await surveyTokens(services, operator, given)).deadBelow, {
    issuances: 2,
    unbound: 1,
  })
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

/** Live and dead tokens in their tens of thousands, made behind the back of the server. */
function issueMany({ execute, services }: Awaited<ReturnType<typeof start>>, count: number): void {
  const nowMs = services.clock.nowMs()
  const [live, dead, issued] = [nowMs + hourMs, nowMs - 1, nowMs - hourMs].map(instantText)
  const numbers = `WITH RECURSIVE n (i) AS
    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`
  execute(`
    ${numbers} INSERT INTO issuances (id, subject_user_id, client_id, resource_id, scopes,
      backend_kind, is_machine, revocable, issued_at, expires_at)
    SELECT 'bound-' || i, 'c', 'c', 'r', '[]', 'mint', 1, 1, '${issued}',
      iif(i % 2, '${live}', '${dead}') FROM n;
    ${numbers} INSERT INTO unbound_machine_tokens (jti, client_id, scopes, issued_at, expires_at)
    SELECT 'unbound-' || i, 'c', '', '${issued}', iif(i % 2, '${live}', '${dead}') FROM n`)
}

test('a client with a great many tokens is deleted in short steps', async (t) => {
  const inline = await start(t)
  const { services, rows } = inline
  issueMany(inline, 12_000)
  const asked: string[] = []
  const { storage } = services
  const counted: Services = {
    ...services,
    storage: {
      name: storage.name,
      tell: (kind, request) => storage.tell(kind, request),
      load: () => storage.load(),
      ask: (kind, request, options) => {
        asked.push(kind)
        return storage.ask(kind, request, options)
      },
    },
  }

  await assert.rejects(deleteClient(counted, operator, { id: 'c', force: false }), {
    code: 'conflict',
  })
  assert.equal(asked.includes('retireMachineTokens'), false, 'a refusal changes nothing')
  await deleteClient(counted, operator, { id: 'c', force: true })

  assert.equal(asked.filter((kind) => kind === 'retireMachineTokens').length, 6)
  assert.deepEqual(rows('SELECT count(*) AS count FROM unbound_machine_tokens'), [{ count: 0 }])
  assert.deepEqual(rows('SELECT count(*) AS count, count(revoked_at) AS revoked FROM issuances'), [
    { count: 12_000, revoked: 6000 },
  ])
  assert.deepEqual(rows('SELECT id FROM clients'), [])
})

test('an unknown client has nothing taken from it, however much it left behind', async (t) => {
  const inline = await start(t)
  issueMany(inline, 12_000)
  inline.execute(`PRAGMA foreign_keys = OFF; DELETE FROM clients`)

  await assert.rejects(deleteClient(inline.services, operator, { id: 'c', force: true }), {
    code: 'not_found',
  })

  const revoked = 'SELECT count(revoked_at) AS revoked FROM issuances'
  assert.deepEqual(inline.rows(revoked), [{ revoked: 0 }])
})
