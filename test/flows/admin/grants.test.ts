// What users have allowed, and its end (src/flows/admin/grants.ts, spec 05 §4.6).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { listConsentGrants, revokeConsentGrant } from '../../../src/flows/admin/grants.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedResource } from '../../support/seed.ts'
import { seedApp, seedUserTokens } from '../../support/seed-codes.ts'
import { seedUser } from '../../support/seed-users.ts'

const operator = { actorId: 'admin', trace: null }

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const { services } = inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  for (const id of ['r1', 'r2']) {
    await seedResource(services, id, {})
    const resource = { id, uri: `https://${id}.test/mcp` }
    const of = { clientId: 'app', userId: 'alice', resource, scope: 'tools/echo' }
    await seedUserTokens(services, of)
  }
  return inline
}

test('all grants of a user are listed, and of nobody none', async (t) => {
  const { services } = await start(t)

  const consents = await listConsentGrants(services, operator, 'alice')

  assert.deepEqual(
    consents.map(({ resourceId, scopes }) => [resourceId, scopes]),
    [
      ['r2', ['tools/echo']],
      ['r1', ['tools/echo']],
    ],
  )
  assert.deepEqual(await listConsentGrants(services, operator, 'nobody'), [])
})

test('a grant ends with all that came of it, and with one row', async (t) => {
  const { services, rows } = await start(t)
  const [, grant] = await listConsentGrants(services, operator, 'alice')
  const id = grant?.id ?? ''

  const first = await revokeConsentGrant(services, operator, id)
  const again = await revokeConsentGrant(services, operator, id)

  assert.deepEqual([first.revokedIssuances, first.revokedFamilies], [1, 1])
  assert.deepEqual([again.revokedIssuances, again.revokedFamilies], [0, 0])
  const families = 'SELECT resource, status FROM token_families ORDER BY resource'
  assert.deepEqual(rows(families), [
    { resource: 'https://r1.test/mcp', status: 'revoked' },
    { resource: 'https://r2.test/mcp', status: 'active' },
  ])
  const audits = `SELECT actor_id, client_id, detail FROM audit_events
    WHERE action = 'consent_grant.revoked_admin'`
  const told = `id=${id} user_id=alice client_id=app resource_id=r1`
  assert.deepEqual(rows(audits), [
    {
      actor_id: 'admin',
      client_id: 'app',
      detail: `${told} revoked_issuances=1 revoked_families=1`,
    },
  ])
})

test('a grant that never was ends without a row', async (t) => {
  const { services, rows } = await start(t)

  const { revokedFamilies } = await revokeConsentGrant(services, operator, 'nothing')

  assert.equal(revokedFamilies, 0)
  const audits = `SELECT 1 FROM audit_events WHERE action = 'consent_grant.revoked_admin'`
  assert.deepEqual(rows(audits), [])
})
