// Routes of protected resources (spec 05 §4.4).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Admin, problem, startAdmin } from './admin-harness.ts'

const notes = {
  slug: 'Notes',
  uri: 'https://notes.test/mcp',
  backend_kind: 'mint',
  display_name: 'Notes',
  scopes: [{ name: 'read', description: 'Read notes' }, { name: 'write' }],
}

async function create(admin: Admin, body: object): Promise<string> {
  const answer = await admin.send('POST', '/admin/resources', body)
  assert.equal(answer.status, 201, answer.text)
  return answer.json.id
}

async function createClient(admin: Admin): Promise<string> {
  const answer = await admin.send('POST', '/admin/clients', {
    client_name: 'Robot',
    grant_types: ['client_credentials'],
  })
  return answer.json.client_id
}

/** A broker resource, written past the API: there is no route for its provider. */
function insertBroker(admin: Admin, slug: string): string {
  const time = '2025-01-01T00:00:00.000000000Z'
  admin.inline.execute(`
    INSERT INTO broker_providers
      (id, slug, display_name, protocol, created_at, updated_at)
      VALUES ('provider-1', 'upstream', 'Upstream', 'oauth', '${time}', '${time}');
    INSERT INTO resources
      (id, slug, display_name, backend_kind, broker_provider_id, created_at, updated_at)
      VALUES ('broker-${slug}', '${slug}', '', 'broker', 'provider-1', '${time}', '${time}')`)
  return `broker-${slug}`
}

function actions(admin: Admin): readonly string[] {
  return admin.audit().map(({ action }) => action)
}

test('creates a resource and shows it whole', async (t) => {
  const admin = await startAdmin(t)

  const { status, json } = await admin.send('POST', '/admin/resources', notes)

  const { id, created_at: createdAt, updated_at: updatedAt, ...rest } = json
  assert.equal(status, 201)
  assert.match(id, /^[A-Za-z0-9_-]{22}$/)
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal(updatedAt, createdAt)
  assert.deepEqual(rest, {
    slug: 'notes',
    uri: 'https://notes.test/mcp',
    backend_kind: 'mint',
    broker_provider_id: '',
    display_name: 'Notes',
    scopes: [{ name: 'read', description: 'Read notes' }, { name: 'write' }],
    policy: { exchange: { allowed_client_ids: [] }, runtime: { client_ids: [] } },
  })
  assert.deepEqual(admin.audit(), [
    {
      action: 'resource.created',
      actor_id: 'admin',
      client_id: '',
      ip: '',
      detail: `id=${id} slug=notes`,
    },
  ])
})

const refused: readonly (readonly [string, object, RegExp])[] = [
  ['an unknown field', { ...notes, description: 'x' }, /unknown field "description"/],
  ['an id of its own', { ...notes, id: 'x' }, /unknown field "id"/],
  ['a bad kind', { ...notes, backend_kind: 'proxy' }, /backend_kind must be one of mint, broker/],
  ['a bad URI', { ...notes, uri: 'notes' }, /uri must be/],
  [
    'an unknown client in the policy',
    { ...notes, policy: { runtime: { client_ids: ['nobody'] } } },
    /a client that does not exist/,
  ],
  [
    'an unknown provider',
    { slug: 'mail', backend_kind: 'broker', broker_provider_id: 'nobody' },
    /no broker provider/,
  ],
]

for (const [what, body, detail] of refused) {
  test(`refuses a resource with ${what}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('POST', '/admin/resources', body)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, detail)
    assert.deepEqual(admin.audit(), [])
  })
}

test('refuses a slug that is taken, in whatever case', async (t) => {
  const admin = await startAdmin(t)
  await create(admin, notes)

  const answer = await admin.send('POST', '/admin/resources', { ...notes, slug: 'NOTES' })

  assert.deepEqual(answer.json, problem(409, 'Conflict', 'another resource has this slug'))
})

test('reads one by id, one by slug, and a list by kind', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)
  insertBroker(admin, 'mail')
  const slugs = async (query: string): Promise<readonly string[]> => {
    const answer = await admin.send('GET', `/admin/resources${query}`)
    return answer.json.map(({ slug }: { slug: string }) => slug)
  }

  assert.equal((await admin.send('GET', `/admin/resources/${id}`)).json.slug, 'notes')
  assert.equal((await admin.send('GET', '/admin/resources?slug=notes')).json.id, id)
  assert.deepEqual(await slugs(''), ['mail', 'notes'])
  assert.deepEqual(await slugs('?backend_kind=mint'), ['notes'])
  assert.deepEqual(await slugs('?broker_provider_id=provider-1'), ['mail'])
  assert.deepEqual(await slugs('?limit=1&offset=1'), ['notes'])
})

test('shows the connect policy of a broker resource only', async (t) => {
  const admin = await startAdmin(t)
  const id = insertBroker(admin, 'mail')

  const answer = await admin.send('GET', `/admin/resources/${id}`)

  assert.deepEqual(answer.json.policy.connect, { allowed_return_urls: [] })
  assert.equal(answer.json.broker_provider_id, 'provider-1')
})

for (const query of ['limit=0', 'limit=501', 'limit=x', 'offset=-1', 'offset=1073741825']) {
  test(`refuses the page ${query}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('GET', `/admin/resources?${query}`)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, /must be between/)
  })
}

for (const filter of ['backend_kind=mint', 'broker_provider_id=x', 'limit=1', 'offset=0']) {
  test(`refuses slug together with ${filter}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('GET', `/admin/resources?slug=notes&${filter}`)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, /cannot be combined/)
  })
}

test('refuses an unknown kind as a filter', async (t) => {
  const admin = await startAdmin(t)

  assert.equal((await admin.send('GET', '/admin/resources?backend_kind=x')).status, 400)
})

test('changes only what a PATCH names, and says so in the audit log', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)

  const answer = await admin.send('PATCH', `/admin/resources/${id}`, {
    slug: 'Papers',
    scopes: [],
  })

  assert.equal(answer.status, 200)
  assert.equal(answer.json.slug, 'papers')
  assert.deepEqual(answer.json.scopes, [])
  assert.equal(answer.json.uri, notes.uri)
  assert.equal(admin.audit().at(-1)?.action, 'resource.patched')
  assert.equal(admin.audit().at(-1)?.detail, `id=${id} slug=papers fields=slug,scopes`)
})

test('writes nothing for an empty PATCH', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)

  const answer = await admin.send('PATCH', `/admin/resources/${id}`, {})

  assert.equal(answer.json.slug, 'notes')
  assert.deepEqual(actions(admin), ['resource.created'])
})

test('replaces the whole policy by a PATCH that names it', async (t) => {
  const admin = await startAdmin(t)
  const clientId = await createClient(admin)
  const id = await create(admin, {
    ...notes,
    policy: { exchange: { allowed_client_ids: [clientId] } },
  })

  const answer = await admin.send('PATCH', `/admin/resources/${id}`, {
    policy: { runtime: { client_ids: [clientId] } },
  })

  assert.deepEqual(answer.json.policy, {
    exchange: { allowed_client_ids: [] },
    runtime: { client_ids: [clientId] },
  })
})

test('makes a broker resource a mint resource without asking about its provider', async (t) => {
  const admin = await startAdmin(t)
  const id = insertBroker(admin, 'mail')

  const answer = await admin.send('PATCH', `/admin/resources/${id}`, { backend_kind: 'mint' })

  assert.equal(answer.status, 200)
  assert.equal(answer.json.broker_provider_id, '')
})

const badChanges: readonly (readonly [string, object, number])[] = [
  ['an unknown field', { created_at: 'x' }, 400],
  ['an empty slug', { slug: '' }, 400],
  ['broker without a provider', { backend_kind: 'broker' }, 400],
  ['the slug of another', { slug: 'other' }, 409],
]

for (const [what, change, status] of badChanges) {
  test(`refuses a PATCH to ${what}`, async (t) => {
    const admin = await startAdmin(t)
    const id = await create(admin, notes)
    await create(admin, { ...notes, slug: 'other' })

    const answer = await admin.send('PATCH', `/admin/resources/${id}`, change)

    assert.equal(answer.status, status)
    assert.deepEqual(actions(admin), ['resource.created', 'resource.created'])
  })
}

test('refuses a PATCH that a fronting link depends on', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)
  await create(admin, { ...notes, slug: 'other' })
  admin.inline.execute(`INSERT INTO fronting_links VALUES
    ('notes', 'other', '{"read":["read"]}', '2025-01-01T00:00:00.000000000Z', 'admin')`)

  const renamed = await admin.send('PATCH', `/admin/resources/${id}`, { slug: 'papers' })
  const deleted = await admin.send('DELETE', `/admin/resources/${id}`)

  assert.equal(renamed.status, 400)
  assert.match(renamed.json.detail, /fronting links/)
  assert.equal(deleted.status, 409)
})

test('deletes a resource', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)

  const answer = await admin.send('DELETE', `/admin/resources/${id}`)

  assert.equal(answer.status, 204)
  assert.equal((await admin.send('GET', `/admin/resources/${id}`)).status, 404)
  assert.equal(admin.audit().at(-1)?.action, 'resource.deleted')
  assert.equal(admin.audit().at(-1)?.detail, `id=${id} slug=notes`)
})

test('refuses to delete a resource that issued tokens refer to', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)
  admin.inline.execute(`INSERT INTO issuances
    (id, subject_user_id, client_id, resource_id, scopes, backend_kind, is_machine, revocable,
      issued_at, expires_at)
    VALUES ('jti-1', 'c', 'c', '${id}', '[]', 'mint', 1, 1,
      '2020-01-01T00:00:00.000000000Z', '2020-01-01T01:00:00.000000000Z')`)

  const answer = await admin.send('DELETE', `/admin/resources/${id}`)

  assert.deepEqual(
    answer.json,
    problem(409, 'Conflict', 'issued tokens or consents still refer to the resource'),
  )
  assert.deepEqual(actions(admin), ['resource.created'])
})

for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
  test(`answers 404 to ${method} of an unknown resource`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send(method, '/admin/resources/nothing', {})

    assert.deepEqual(answer.json, problem(404, 'Not Found', 'there is no resource with this id'))
  })
}

test('answers 404 to an unknown slug', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('GET', '/admin/resources?slug=nothing')

  assert.deepEqual(answer.json, problem(404, 'Not Found', 'there is no resource with this slug'))
})

const lists = [
  {
    path: 'exchange/allowed-clients',
    member: 'allowed_client_ids',
    action: 'resource.policy.exchange.allowed_client',
    namesResource: true,
  },
  {
    path: 'runtime/client-ids',
    member: 'client_ids',
    action: 'resource.policy.runtime.client',
    namesResource: false,
  },
] as const

for (const { path, member, action, namesResource } of lists) {
  const url = `/admin/resources/notes/policy/${path}`

  test(`adds to and removes from ${path}, once each`, async (t) => {
    const admin = await startAdmin(t)
    const clientId = await createClient(admin)
    const id = await create(admin, notes)
    const send = async (method: 'GET' | 'POST' | 'DELETE', suffix: string, body?: object) =>
      (await admin.send(method, url + suffix, body)).json[member]

    assert.deepEqual(await send('GET', ''), [])
    assert.deepEqual(await send('POST', '', { client_id: clientId }), [clientId])
    assert.deepEqual(await send('POST', '', { client_id: clientId }), [clientId])
    assert.deepEqual(await send('GET', ''), [clientId])
    assert.deepEqual(await send('DELETE', `/${clientId}`), [])
    assert.deepEqual(await send('DELETE', `/${clientId}`), [])

    const edits = admin.audit().slice(2)
    assert.deepEqual(
      edits.map((row) => [row.action, row.detail, row.client_id]),
      ['added', 'removed'].map((verb) => [
        `${action}.${verb}`,
        `slug=notes client_id=${clientId}`,
        namesResource ? id : '',
      ]),
    )
  })

  test(`leaves the rest of the policy alone when ${path} changes`, async (t) => {
    const admin = await startAdmin(t)
    const clientId = await createClient(admin)
    const id = await create(admin, {
      ...notes,
      policy: {
        exchange: { allowed_client_ids: [clientId] },
        runtime: { client_ids: [clientId] },
      },
    })

    await admin.send('DELETE', `${url}/${clientId}`)

    const { policy } = (await admin.send('GET', `/admin/resources/${id}`)).json
    const left = [...policy.exchange.allowed_client_ids, ...policy.runtime.client_ids]
    assert.deepEqual(left, [clientId])
  })

  test(`refuses what is no known client in ${path}`, async (t) => {
    const admin = await startAdmin(t)
    await create(admin, notes)

    const unknown = await admin.send('POST', url, { client_id: 'nobody' })
    const missing = await admin.send('POST', url, {})
    const wrongType = await admin.send('POST', url, { client_id: 1 })
    const other = await admin.send('POST', url, { client_id: 'x', slug: 'y' })
    const malformed = await admin.send('POST', url, '{')

    assert.match(unknown.json.detail, /a client that does not exist/)
    assert.match(missing.json.detail, /client_id is required/)
    assert.match(wrongType.json.detail, /client_id must be a string/)
    assert.match(other.json.detail, /unknown field "slug"/)
    for (const answer of [unknown, missing, wrongType, other, malformed]) {
      assert.equal(answer.status, 400)
    }
    assert.deepEqual(actions(admin), ['resource.created'])
  })

  test(`answers 404 to an unknown slug in ${path}`, async (t) => {
    const admin = await startAdmin(t)
    const unknown = url.replace('notes', 'nothing')

    assert.equal((await admin.send('GET', unknown)).status, 404)
    assert.equal((await admin.send('POST', unknown, { client_id: 'x' })).status, 404)
    assert.equal((await admin.send('DELETE', `${unknown}/x`)).status, 404)
  })
}

test('bounds the body of a policy edit by 16 KiB', async (t) => {
  const admin = await startAdmin(t)
  const url = '/admin/resources/notes/policy/runtime/client-ids'

  const answer = await admin.send('POST', url, { client_id: 'x'.repeat(16 * 1024) })

  assert.equal(answer.status, 413)
})

test('adds and removes return URLs of a broker resource', async (t) => {
  const admin = await startAdmin(t)
  const id = insertBroker(admin, 'mail')
  const url = '/admin/resources/mail/policy/connect/allowed-return-urls'
  const back = 'https://app.test/back?x=1&y=2'

  const added = await admin.send('POST', url, { url: back })
  const pattern = await admin.send('POST', url, { url: 'http://localhost:*' })
  const removed = await admin.send('DELETE', `${url}?url=${encodeURIComponent(back)}`)
  const read = await admin.send('GET', url)

  assert.deepEqual(added.json, { allowed_return_urls: [back] })
  assert.deepEqual(pattern.json, { allowed_return_urls: [back, 'http://localhost:*'] })
  assert.deepEqual(removed.json, { allowed_return_urls: ['http://localhost:*'] })
  assert.deepEqual(read.json, removed.json)
  assert.deepEqual(
    admin.audit().map((row) => [row.action, row.detail, row.client_id]),
    [
      ['resource.policy.connect.allowed_return_url.added', `slug=mail return_url=${back}`, id],
      [
        'resource.policy.connect.allowed_return_url.added',
        'slug=mail return_url=http://localhost:*',
        id,
      ],
      ['resource.policy.connect.allowed_return_url.removed', `slug=mail return_url=${back}`, id],
    ],
  )
})

test('refuses return URLs that are none, and any on a mint resource', async (t) => {
  const admin = await startAdmin(t)
  await create(admin, notes)
  insertBroker(admin, 'mail')
  const url = (slug: string) => `/admin/resources/${slug}/policy/connect/allowed-return-urls`

  const bad = await admin.send('POST', url('mail'), { url: 'javascript:alert(1)' })
  const missing = await admin.send('POST', url('mail'), {})
  const unnamed = await admin.send('DELETE', url('mail'))
  const mint = await admin.send('GET', url('notes'))

  assert.match(bad.json.detail, /url must be/)
  assert.match(missing.json.detail, /url must be/)
  assert.match(unnamed.json.detail, /url is required/)
  assert.match(mint.json.detail, /a mint resource has no return URLs/)
  for (const answer of [bad, missing, unnamed, mint]) assert.equal(answer.status, 400)
})

/** A link between two resources, written past the API: there is no route for it. */
function insertLink(admin: Admin, source: string, target: string): void {
  admin.inline.execute(`
    INSERT INTO fronting_links (source_slug, target_slug, scope_map, created_at, created_by)
    VALUES
      ('${source}', '${target}', '{"read":["read"]}', '2025-01-01T00:00:00.000000000Z', 'cli')`)
}

const link = {
  source_slug: 'front',
  target_slug: 'notes',
  scope_map: { read: ['read'] },
  created_at: '2025-01-01T00:00:00Z',
  created_by: 'cli',
}

test('names the links that stand in the way of a deletion, and deletes them with it', async (t) => {
  const admin = await startAdmin(t)
  const id = await create(admin, notes)
  await create(admin, { ...notes, slug: 'front' })
  insertLink(admin, 'front', 'notes')
  const before = actions(admin).length

  const refused = await admin.send('DELETE', `/admin/resources/${id}`)
  const notQuite = await admin.send('DELETE', `/admin/resources/${id}?cascade=1`)
  const cascaded = await admin.send('DELETE', `/admin/resources/${id}?cascade=true`)

  const detail = 'fronting links still refer to the resource'
  assert.deepEqual(refused.json, { ...problem(409, 'Conflict', detail), dependents: [link] })
  assert.equal(notQuite.status, 409)
  assert.equal(cascaded.status, 204)
  assert.deepEqual(actions(admin).slice(before).toSorted(), [
    'fronting_link.deleted',
    'resource.deleted',
  ])
})

test('shows the fronting links of a resource in both directions', async (t) => {
  const admin = await startAdmin(t)
  await create(admin, notes)
  await create(admin, { ...notes, slug: 'front' })
  insertLink(admin, 'front', 'notes')

  const source = await admin.send('GET', '/admin/resources/front/fronting')
  const target = await admin.send('GET', '/admin/resources/notes/fronting')
  const unknown = await admin.send('GET', '/admin/resources/nobody/fronting')

  assert.deepEqual(source.json, { slug: 'front', fronts: [link], fronted_by: [] })
  assert.deepEqual(target.json, { slug: 'notes', fronts: [], fronted_by: [link] })
  assert.equal(unknown.status, 404)
})

test('takes the provider of a broker resource by its slug', async (t) => {
  const admin = await startAdmin(t)
  insertBroker(admin, 'mail')

  const body = { slug: 'photos', backend_kind: 'broker', broker_provider_slug: 'upstream' }
  const answer = await admin.send('POST', '/admin/resources', body)

  assert.equal(answer.status, 201)
  assert.equal(answer.json.broker_provider_id, 'provider-1')
})

test('bounds how deep a body is nested, by what is structure and not text', async (t) => {
  const admin = await startAdmin(t)
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

  const deep = await admin.send('POST', '/admin/resources', `{"a":${nested(32)}}`)
  const allowed = await admin.send('POST', '/admin/resources', `{"a":${nested(31)}}`)
  const text = { ...notes, display_name: `say "${'[{'.repeat(100)}\\" \\` }
  const named = await admin.send('POST', '/admin/resources', text)

  assert.deepEqual(deep.json, problem(400, 'Bad Request', 'the body is nested too deeply'))
  assert.equal(allowed.json.detail.startsWith('unknown field "a"'), true)
  assert.equal(named.status, 201)
  assert.equal(named.json.display_name, text.display_name)
})

test('bounds the number of scopes, and what a refusal says', async (t) => {
  const admin = await startAdmin(t)
  const scopes = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `s${at}` }))

  const most = await admin.send('POST', '/admin/resources', { ...notes, scopes: scopes(1000) })
  const more = await admin.send('POST', '/admin/resources', { ...notes, scopes: scopes(1001) })
  const wordy = await admin.send('POST', '/admin/resources', { ['x'.repeat(100_000)]: 1 })

  assert.equal(most.status, 201)
  assert.match(more.json.detail, /scopes holds more than 1000 scopes/)
  assert.equal(wordy.json.detail.length, 4096)
})
