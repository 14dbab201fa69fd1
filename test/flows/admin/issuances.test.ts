// The window and the bounds of issuance lists (spec 05 §4.6).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import {
  type IssuanceQuery,
  listIssuances,
  readIssuance,
  revokeIssuance,
} from '../../../src/flows/admin/issuances.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient, seedResource, seedToken } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const ofClient: IssuanceQuery = {
  userId: null,
  clientId: 'c',
  resourceId: null,
  jti: null,
  since: null,
  limit: null,
}

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline.services
}

test('looks a day back when nothing else is said', async (t) => {
  const services = await start(t)
  const beforeMs = services.clock.nowMs()

  const { sinceMs } = await listIssuances(services, operator, ofClient)

  assert.ok(sinceMs !== null)
  assert.ok(Math.abs(beforeMs - 24 * 3_600_000 - sinceMs) < 10_000)
})

test('takes an age of exactly 30 days', async (t) => {
  const services = await start(t)
  const since = { agoMs: limits.issuanceWindowMsMax }

  const { issuances } = await listIssuances(services, operator, { ...ofClient, since })

  assert.deepEqual(issuances, [])
})

for (const [what, query] of [
  ['an age of 31 days', { ...ofClient, since: { agoMs: 31 * 24 * 3_600_000 } }],
  ['no filter', { ...ofClient, clientId: null }],
  ['a limit of 0', { ...ofClient, limit: 0 }],
  ['a limit of 5001', { ...ofClient, limit: 5001 }],
  ['a limit that is not whole', { ...ofClient, limit: 1.5 }],
] as const) {
  test(`refuses ${what}`, async (t) => {
    const services = await start(t)

    await assert.rejects(listIssuances(services, operator, query), {
      name: 'AdminError',
      code: 'invalid',
    })
  })
}

test('refuses to read an unknown issuance', async (t) => {
  const services = await start(t)

  await assert.rejects(readIssuance(services, operator, 'nothing'), {
    name: 'AdminError',
    code: 'not_found',
  })
})

test('revokes a token once, with a row that names it', async (t) => {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const { services, rows } = inline
  await seedClient(services, 'c', {})
  await seedResource(services, 'r', {})
  const id = await seedToken(services, { clientId: 'c', resourceId: 'r', lifeMs: 60_000 })

  await revokeIssuance(services, operator, id)
  const { revokedAtMs } = await readIssuance(services, operator, id)
  await revokeIssuance(services, operator, id)

  assert.notEqual(revokedAtMs, null)
  assert.equal((await readIssuance(services, operator, id)).revokedAtMs, revokedAtMs)
  const audits = `
    SELECT client_id, detail FROM audit_events WHERE action = 'issuance.revoked_admin'`
  assert.deepEqual(rows(audits), [
    { client_id: 'c', detail: `id=${id} subject_user_id=c client_id=c resource_id=r` },
  ])
})

test('revokes an unknown token without a word', async (t) => {
  const inline = await createInlineServices({})
  t.after(inline.stop)

  await revokeIssuance(inline.services, operator, 'nothing')

  assert.deepEqual(inline.rows('SELECT * FROM audit_events'), [])
})
