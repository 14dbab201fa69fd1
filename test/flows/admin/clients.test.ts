// Administration of clients without a transport (spec 05 §4.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdminError } from '../../../src/flows/admin/admin-error.ts'
import {
  changeClient,
  createClient,
  deleteClient,
  moveClientStatus,
  readClient,
  rotateClientSecret,
} from '../../../src/flows/admin/clients.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const requested = {
  name: 'Robot',
  redirectUris: null,
  grantTypes: ['client_credentials'],
  responseTypes: null,
  tokenEndpointAuthMethod: 'client_secret_post',
  scope: null,
  isAgent: null,
  agentDescription: null,
  applicationType: null,
  dpopBoundAccessTokens: null,
}
const unchanged = {
  name: null,
  redirectUris: null,
  grantTypes: null,
  scope: null,
  applicationType: null,
  dpopBoundAccessTokens: null,
}

async function start(t: { after: (work: () => Promise<void>) => void }) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

test('returns the client as it is stored', async (t) => {
  const { services } = await start(t)

  const { client } = await createClient(services, operator, requested)

  assert.deepEqual(await readClient(services, operator, client.id), client)
})

test('stores neither client nor audit row when one of them cannot be', async (t) => {
  const inline = await start(t)
  inline.execute(`CREATE TRIGGER refuse BEFORE INSERT ON audit_events
    BEGIN SELECT RAISE(ABORT, 'no row'); END`)

  await assert.rejects(createClient(inline.services, operator, requested))

  assert.deepEqual(inline.rows('SELECT id FROM clients'), [])
  assert.deepEqual(inline.meterCalls, [])
})

test('counts the version up with each change', async (t) => {
  const { services } = await start(t)
  await seedClient(services, 'c', {})

  await changeClient(services, operator, { id: 'c', change: { ...unchanged, name: 'New' } })
  const { client } = await rotateClientSecret(services, operator, 'c')

  assert.equal(client.name, 'New')
  assert.equal(client.version, 3)
})

test('keeps the grants that a change does not name even when it changes others', async (t) => {
  const { services } = await start(t)
  await seedClient(services, 'c', { redirectUris: ['https://a.test/'] })

  const client = await changeClient(services, operator, {
    id: 'c',
    change: { ...unchanged, scope: 'a b' },
  })

  assert.deepEqual(client.grantTypes, ['client_credentials'])
  assert.equal(client.scope, 'a b')
})

for (const [what, act] of [
  ['reading', readClient],
  ['a new secret', rotateClientSecret],
] as const) {
  test(`refuses ${what} for an unknown client`, async (t) => {
    const { services } = await start(t)

    await assert.rejects(
      act(services, operator, 'nobody'),
      (error) => error instanceof AdminError && error.code === 'not_found',
    )
  })
}

test('refuses a move and a deletion of an unknown client', async (t) => {
  const { services } = await start(t)

  for (const act of [
    moveClientStatus(services, operator, { id: 'nobody', move: 'revoke' }),
    deleteClient(services, operator, { id: 'nobody', force: true }),
  ]) {
    await assert.rejects(act, { name: 'AdminError', code: 'not_found' })
  }
})
