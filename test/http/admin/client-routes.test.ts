// Routes of OAuth clients (spec 05 §4.1).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { matchesClientSecret } from '../../../src/oauth/client-secret.ts'
import { type Admin, problem, startAdmin } from './admin-harness.ts'

const machine = {
  client_name: 'Robot',
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'tools/a tools/b',
}
const app = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }
const idPattern = /^[A-Za-z0-9_-]{22}$/

async function create(admin: Admin, body: object): Promise<string> {
  const answer = await admin.send('POST', '/admin/clients', body)
  assert.equal(answer.status, 201, answer.text)
  return answer.json.client_id
}

function actions(admin: Admin): readonly string[] {
  return admin.audit().map(({ action }) => action)
}

test('creates a confidential client and shows its secret once', async (t) => {
  const admin = await startAdmin(t)

  const { status, headers, json } = await admin.send('POST', '/admin/clients', machine)

  const { client_id: id, client_secret: secret, issued_at: issuedAt, ...rest } = json
  assert.equal(status, 201)
  assert.equal(headers['content-type'], 'application/json')
  assert.match(id, idPattern)
  assert.match(secret, /^[A-Za-z0-9_-]{43}$/)
  assert.match(issuedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(rest, {
    client_name: 'Robot',
    redirect_uris: [],
    grant_types: ['client_credentials'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'tools/a tools/b',
    status: 'active',
    registration_source: 'admin',
    agent: false,
    agent_description: '',
    application_type: 'web',
    dpop_bound_access_tokens: false,
  })
  const [row] = admin.inline.rows('SELECT secret_hash FROM clients WHERE id = ?', id)
  assert.equal(matchesClientSecret(secret, String(row?.['secret_hash']), null), true)
})

test('stores the secret under the pepper when there is one', async (t) => {
  const pepper = createSecretKey(Buffer.from('pepper of this test'))
  const admin = await startAdmin(t, { pepper })

  const { json } = await admin.send('POST', '/admin/clients', machine)

  const [row] = admin.inline.rows('SELECT secret_hash FROM clients')
  const stored = String(row?.['secret_hash'])
  assert.match(stored, /^hs256\$/)
  assert.equal(matchesClientSecret(json.client_secret, stored, pepper), true)
})

test('creates a public client without a secret', async (t) => {
  const admin = await startAdmin(t)

  const { json } = await admin.send('POST', '/admin/clients', app)

  assert.equal('client_secret' in json, false)
  assert.deepEqual(json.grant_types, ['authorization_code', 'refresh_token'])
  assert.equal(json.token_endpoint_auth_method, 'none')
})

test('takes an empty list of grant types for the default', async (t) => {
  const admin = await startAdmin(t)

  const { json } = await admin.send('POST', '/admin/clients', { ...app, grant_types: [] })

  assert.deepEqual(json.grant_types, ['authorization_code', 'refresh_token'])
})

test('audits and counts a creation, with the name and nothing secret', async (t) => {
  const admin = await startAdmin(t)

  const { json } = await admin.send('POST', '/admin/clients', {
    ...machine,
    client_name: 'Robot status=revoked',
  })

  assert.deepEqual(admin.audit(), [
    {
      action: 'client.created_admin',
      actor_id: 'admin',
      client_id: json.client_id,
      ip: '',
      detail: 'name="Robot status=revoked"',
    },
  ])
  assert.deepEqual(admin.inline.meterCalls, [['clientRegistered', 'admin']])
})

test('puts the trace of the request on the audit row', async (t) => {
  const admin = await startAdmin(t)
  const traceId = 'a'.repeat(32)

  await admin.sendRaw({
    method: 'POST',
    url: '/admin/clients',
    headers: {
      authorization: 'Bearer a-key-for-the-tests',
      traceparent: `00-${traceId}-${'b'.repeat(16)}-01`,
    },
    payload: JSON.stringify(app),
  })

  assert.deepEqual(admin.inline.rows('SELECT trace_id FROM audit_events'), [{ trace_id: traceId }])
})

test('lets nobody choose an id, a secret, a status or a source (CC-07)', async (t) => {
  const admin = await startAdmin(t)

  const { json } = await admin.send('POST', '/admin/clients', {
    ...machine,
    client_id: 'user-1',
    id: 'user-1',
    client_secret: 'chosen',
    status: 'revoked',
    registration_source: 'dcr',
  })

  assert.match(json.client_id, idPattern)
  assert.notEqual(json.client_secret, 'chosen')
  assert.equal(json.status, 'active')
  assert.equal(json.registration_source, 'admin')
})

test('refuses a creation with all its problems, and stores nothing', async (t) => {
  const admin = await startAdmin(t, { grantTypes: [] })

  const answer = await admin.send('POST', '/admin/clients', {
    redirect_uris: ['http://app.test/cb'],
    grant_types: ['client_credentials', 'password'],
  })

  assert.equal(answer.status, 400)
  assert.match(
    answer.json.detail,
    /client_name is required; redirect URI .*; grant type "password"/,
  )
  assert.match(answer.json.detail, /AUTHPLANE_CLIENT_CREDENTIALS_ENABLED/)
  assert.deepEqual(admin.inline.rows('SELECT id FROM clients'), [])
  assert.deepEqual(admin.audit(), [])
})

test('refuses members of a wrong type', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('POST', '/admin/clients', { client_name: { a: 1 } })

  assert.deepEqual(answer.json, problem(400, 'Bad Request', 'client_name must be a string'))
})

test('shows a client without secret or hash', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, { ...machine, agent: true, agent_description: 'digs' })

  const { status, json, text } = await admin.send('GET', `/admin/clients/${id}`)

  const { issued_at: issuedAt, updated_at: updatedAt, ...rest } = json
  assert.equal(status, 200)
  assert.match(issuedAt, /\.\d{3}Z$/)
  assert.equal(updatedAt, issuedAt)
  assert.equal(/secret_hash|256\$/.test(text), false)
  assert.deepEqual(rest, {
    id,
    name: 'Robot',
    redirect_uris: [],
    grant_types: ['client_credentials'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'tools/a tools/b',
    status: 'active',
    registration_source: 'admin',
    agent: true,
    agent_description: 'digs',
    cimd_url: '',
    application_type: 'web',
    dpop_bound_access_tokens: false,
  })
})

test('lists clients by status and source, page by page', async (t) => {
  const admin = await startAdmin(t)
  const ids: string[] = []
  for (const name of ['a', 'b', 'c']) ids.push(await create(admin, { ...app, client_name: name }))
  await admin.send('PATCH', `/admin/clients/${ids[1]}/suspend`)
  const names = async (query: string): Promise<readonly string[]> => {
    const answer = await admin.send('GET', `/admin/clients${query}`)
    return answer.json.map(({ name }: { name: string }) => name).toSorted()
  }

  assert.deepEqual(await names(''), ['a', 'b', 'c'])
  assert.deepEqual(await names('?status=suspended'), ['b'])
  assert.deepEqual(await names('?source=admin&status=active'), ['a', 'c'])
  assert.deepEqual(await names('?source=dcr'), [])
  assert.equal((await names('?limit=2')).length, 2)
  assert.equal((await names('?limit=2&offset=2')).length, 1)
  assert.deepEqual(await names('?limit=NaN&offset=-3'), ['a', 'b', 'c'])
})

test('never reads more than 500 clients, however many are asked for', async (t) => {
  const admin = await startAdmin(t)
  const limits: number[] = []
  const { storage } = admin.inline.services
  const ask = storage.ask.bind(storage)
  t.mock.method(storage, 'ask', (...[kind, request, options]: Parameters<typeof ask>) => {
    limits.push((request as { limit: number }).limit)
    return ask(kind, request, options)
  })

  for (const limit of ['1000000000', '-1', '0', 'x', '99999999999999999999', '500']) {
    await admin.send('GET', `/admin/clients?limit=${limit}`)
  }

  assert.deepEqual(limits, [500, 50, 50, 50, 500, 500])
})

test('refuses an unknown status as a filter', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('GET', '/admin/clients?status=gone')

  assert.deepEqual(
    answer.json,
    problem(400, 'Bad Request', 'status must be one of active, suspended, revoked'),
  )
})

test('changes only what a PATCH names', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)

  const answer = await admin.send('PATCH', `/admin/clients/${id}`, {
    client_name: 'Android',
    dpop_bound_access_tokens: true,
    secret_hash: 'x',
    status: 'revoked',
    agent: true,
  })

  assert.equal(answer.status, 200)
  assert.equal(answer.json.name, 'Android')
  assert.equal(answer.json.dpop_bound_access_tokens, true)
  assert.equal(answer.json.scope, 'tools/a tools/b')
  assert.equal(answer.json.status, 'active')
  assert.equal(answer.json.agent, false)
  assert.deepEqual(actions(admin), ['client.created_admin', 'client.updated'])
})

test('clears a scope that a PATCH names as empty', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)

  const answer = await admin.send('PATCH', `/admin/clients/${id}`, { scope: '' })

  assert.equal(answer.json.scope, '')
})

test('checks the client that a PATCH would leave', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)

  const answer = await admin.send('PATCH', `/admin/clients/${id}`, {
    grant_types: ['authorization_code'],
  })

  assert.equal(answer.status, 400)
  assert.match(answer.json.detail, /redirect_uris is required/)
  assert.deepEqual(actions(admin), ['client.created_admin'])
})

test('writes nothing for an empty PATCH', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)

  const answer = await admin.send('PATCH', `/admin/clients/${id}`, {})

  assert.equal(answer.json.name, 'Robot')
  assert.deepEqual(actions(admin), ['client.created_admin'])
})

test('lets one of two concurrent changes of a client win (AD-12)', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)

  const answers = await Promise.all(
    ['one', 'two'].map((name) =>
      admin.send('PATCH', `/admin/clients/${id}`, { client_name: name }),
    ),
  )

  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
  assert.equal(answers.find(({ status }) => status === 409)?.json.title, 'Conflict')
  assert.deepEqual(actions(admin), ['client.created_admin', 'client.updated'])
})

test('replaces a secret: only the new one is right from then on', async (t) => {
  const admin = await startAdmin(t)
  const created = await admin.send('POST', '/admin/clients', machine)
  const { client_id: id, client_secret: before } = created.json

  const answer = await admin.send('POST', `/admin/clients/${id}/rotate-secret`)

  const [row] = admin.inline.rows('SELECT secret_hash FROM clients')
  const stored = String(row?.['secret_hash'])
  assert.deepEqual(Object.keys(answer.json), ['client_id', 'client_secret'])
  assert.equal(matchesClientSecret(before, stored, null), false)
  assert.equal(matchesClientSecret(answer.json.client_secret, stored, null), true)
  assert.deepEqual(actions(admin), ['client.created_admin', 'client.secret_rotated'])
})

test('refuses a new secret for a public client', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, app)

  const answer = await admin.send('POST', `/admin/clients/${id}/rotate-secret`)

  assert.deepEqual(answer.json, problem(400, 'Bad Request', 'a public client has no secret'))
})

test('suspends, reactivates and revokes', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)
  const move = (name: string) => admin.send('PATCH', `/admin/clients/${id}/${name}`)

  assert.deepEqual((await move('suspend')).json, { status: 'suspended' })
  assert.equal((await move('suspend')).status, 409)
  assert.deepEqual((await move('reactivate')).json, { status: 'active' })
  assert.equal((await move('reactivate')).status, 409)
  assert.deepEqual((await move('revoke')).json, { status: 'revoked' })
  assert.equal((await move('revoke')).status, 409)
  assert.equal((await move('suspend')).status, 409)
  assert.equal((await move('reactivate')).status, 409)
  assert.deepEqual(actions(admin), [
    'client.created_admin',
    'client.suspended',
    'client.reactivated',
    'client.revoked',
  ])
})

test('deletes a client without tokens', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)

  const answer = await admin.send('DELETE', `/admin/clients/${id}`)

  assert.equal(answer.status, 204)
  assert.equal(answer.text, '')
  assert.equal((await admin.send('GET', `/admin/clients/${id}`)).status, 404)
  assert.equal(admin.audit().at(-1)?.action, 'client.deleted')
  assert.equal(admin.audit().at(-1)?.detail, 'force=false')
})

test('deletes a client with live tokens only by force', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, machine)
  admin.inline.execute(`INSERT INTO unbound_machine_tokens
    VALUES ('jti-1', '${id}', '', '2020-01-01T00:00:00.000000000Z',
      '2999-01-01T00:00:00.000000000Z', 0)`)

  const refused = await admin.send('DELETE', `/admin/clients/${id}?force=1`)
  const forced = await admin.send('DELETE', `/admin/clients/${id}?force=true`)

  assert.equal(refused.status, 409)
  assert.match(refused.json.detail, /force=true/)
  assert.equal(forced.status, 204)
  assert.equal(admin.audit().at(-1)?.detail, 'force=true')
})

for (const [method, path] of [
  ['GET', ''],
  ['PATCH', ''],
  ['DELETE', ''],
  ['POST', '/rotate-secret'],
  ['PATCH', '/suspend'],
  ['PATCH', '/reactivate'],
  ['PATCH', '/revoke'],
] as const) {
  test(`answers 404 to ${method} {id}${path} of an unknown client`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send(method, `/admin/clients/nobody${path}`, { client_name: 'x' })

    assert.deepEqual(answer.json, problem(404, 'Not Found', 'there is no client with this id'))
    assert.deepEqual(admin.audit(), [])
  })
}
