// Routes of issuances (spec 05 §4.6).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instantText } from '../../../actors/storage/dialect.ts'
import { type Admin, problem, startAdmin } from './admin-harness.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Writes an issuance of `client` that is `ageMs` old, and returns its id. */
function insert(admin: Admin, client: string, ageMs: number): string {
  const { clock, random } = admin.inline.services
  const issuedAtMs = clock.nowMs() - ageMs
  const id = random.uuidV7(issuedAtMs)
  admin.inline.execute(`
    INSERT OR IGNORE INTO resources (id, slug, display_name, backend_kind, created_at, updated_at)
      VALUES ('resource-1', 'notes', '', 'mint', '${instantText(0)}', '${instantText(0)}');
    INSERT INTO issuances (id, subject_user_id, client_id, resource_id, scopes, backend_kind,
      is_machine, revocable, issued_at, expires_at)
    VALUES ('${id}', '${client}', '${client}', 'resource-1', '["read"]', 'mint', 1, 1,
      '${instantText(issuedAtMs)}', '${instantText(issuedAtMs + hourMs)}')`)
  return id
}

const idsOf = (json: { issuances: readonly { id: string }[] }) => json.issuances.map(({ id }) => id)

test('lists what a client got within a day, newest first', async (t) => {
  const admin = await startAdmin(t)
  insert(admin, 'c', 2 * dayMs)
  const older = insert(admin, 'c', hourMs)
  const newer = insert(admin, 'c', 0)
  insert(admin, 'd', 0)

  const { status, json } = await admin.send('GET', '/admin/issuances?client=c')

  assert.equal(status, 200)
  assert.deepEqual(idsOf(json), [newer, older])
  assert.equal(json.count, 2)
  assert.match(json.since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
})

test('shows an issuance whole, without members that are empty', async (t) => {
  const admin = await startAdmin(t)
  const id = insert(admin, 'c', hourMs)

  const { json } = await admin.send('GET', `/admin/issuances/${id}`)

  const { issued_at: issuedAt, expires_at: expiresAt, ...rest } = json
  assert.equal(Date.parse(expiresAt) - Date.parse(issuedAt), hourMs)
  assert.deepEqual(rest, {
    id,
    jti: id,
    subject_user_id: 'c',
    client_id: 'c',
    resource_id: 'resource-1',
    scopes: ['read'],
    backend_kind: 'mint',
    revocable: true,
    agent_chain: [],
  })
})

test('reaches back as far as since says, 30 days at most', async (t) => {
  const admin = await startAdmin(t)
  const id = insert(admin, 'c', 20 * dayMs)
  const nowMs = admin.inline.services.clock.nowMs()
  const list = (agoMs: number) => {
    const since = encodeURIComponent(new Date(nowMs - agoMs).toISOString())
    return admin.send('GET', `/admin/issuances?resource=resource-1&since=${since}`)
  }

  assert.deepEqual(idsOf((await list(30 * dayMs)).json), [id])
  assert.deepEqual(idsOf((await list(19 * dayMs)).json), [])
  assert.equal((await list(31 * dayMs)).status, 400)
})

test('finds a token by its id whatever its age, with a zero time as since', async (t) => {
  const admin = await startAdmin(t)
  const id = insert(admin, 'c', 100 * dayMs)

  const found = await admin.send('GET', `/admin/issuances?jti=${id}&since=x&limit=0`)
  const filtered = await admin.send('GET', `/admin/issuances?jti=${id}&client=d`)
  const nothing = await admin.send('GET', '/admin/issuances?jti=nothing')

  assert.deepEqual(idsOf(found.json), [id])
  assert.equal(found.json.since, '0001-01-01T00:00:00Z')
  assert.deepEqual(idsOf(filtered.json), [])
  assert.deepEqual(nothing.json, { issuances: [], since: '0001-01-01T00:00:00Z', count: 0 })
})

test('requires all filters to match and keeps the limit', async (t) => {
  const admin = await startAdmin(t)
  insert(admin, 'c', hourMs)
  const newest = insert(admin, 'c', 0)

  const both = await admin.send('GET', '/admin/issuances?client=c&user=d')
  const one = await admin.send('GET', '/admin/issuances?client=c&user=c&limit=1')

  assert.deepEqual(idsOf(both.json), [])
  assert.deepEqual(idsOf(one.json), [newest])
})

const refused: readonly (readonly [string, RegExp])[] = [
  ['', /one of user, client, resource and jti is required/],
  ['?since=2025-01-01T00:00:00Z', /one of user/],
  ['?client=', /one of user/],
  ['?client=c&since=yesterday', /RFC 3339/],
  ['?client=c&since=2025-01-01', /RFC 3339/],
  ['?client=c&since=2025-13-01T00:00:00Z', /RFC 3339/],
  ['?client=c&limit=0', /between 1 and 5000/],
  ['?client=c&limit=5001', /between 1 and 5000/],
  ['?client=c&limit=many', /whole number/],
]

for (const [query, detail] of refused) {
  test(`refuses the query ${JSON.stringify(query)}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('GET', `/admin/issuances${query}`)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, detail)
  })
}

test('answers 404 to an unknown issuance', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('GET', '/admin/issuances/nothing')

  assert.deepEqual(answer.json, problem(404, 'Not Found', 'there is no issuance with this id'))
})

test('revokes an issuance once, and says the same of one that is unknown', async (t) => {
  const admin = await startAdmin(t)
  const id = insert(admin, 'c', hourMs)

  const first = await admin.send('DELETE', `/admin/issuances/${id}`)
  const again = await admin.send('DELETE', `/admin/issuances/${id}`)
  const unknown = await admin.send('DELETE', '/admin/issuances/nothing')

  for (const { status, text } of [first, again, unknown]) {
    assert.equal(status, 204)
    assert.equal(text, '')
  }
  const { json } = await admin.send('GET', `/admin/issuances/${id}`)
  assert.match(json.revoked_at, /^\d{4}-/)
  assert.deepEqual(
    admin.audit().map(({ action, detail }) => [action, detail]),
    [['issuance.revoked_admin', `id=${id} subject_user_id=c client_id=c resource_id=resource-1`]],
  )
})

test('refuses an id that is too long', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('DELETE', `/admin/issuances/${'x'.repeat(257)}`)

  assert.deepEqual(answer.json, problem(400, 'Bad Request', 'id must be 1 to 256 bytes'))
})
