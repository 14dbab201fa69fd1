// Operations and units on resources, and their lookup by URI (spec 07 §3.6, B28).
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Resource } from '../../src/records/resource.ts'
import { type Storage, startStorage } from './harness.ts'
import { auditEvent, boundIssue, client, issuance, link, nowMs, resource } from './records.ts'

async function create(storage: Storage, ...records: readonly Resource[]): Promise<void> {
  for (const record of records) {
    const audit = auditEvent('resource.created')
    const answer = await storage.commit('createResource', { resource: record, audit })
    assert.deepEqual(answer, { ok: true, reply: {} })
  }
}

function change(id: string, members: Partial<Resource>) {
  return { id, change: members, nowMs: nowMs + 1, audit: auditEvent('resource.patched') }
}

async function contextUris(storage: Storage, wanted: string): Promise<readonly string[]> {
  const found = await storage.read('readTokenContext', { clientId: 'c', resource: wanted })
  return found.resources.map((row) => row.uri)
}

test('a created resource is read back by id and by slug with every member', async (t) => {
  const storage = await startStorage(t)
  const record = resource()
  await create(storage, record)

  const byId = await storage.read('readResource', { by: 'id', value: record.id })
  const bySlug = await storage.read('readResource', { by: 'slug', value: record.slug })

  assert.deepEqual(byId, { resource: record })
  assert.deepEqual(bySlug, { resource: record })
})

test('a token request finds its client and resource with one message', async (t) => {
  const storage = await startStorage(t)
  const owner = client()
  const record = resource()
  await storage.commit('createClient', {
    client: owner,
    audit: auditEvent('client.created_admin'),
  })
  await create(storage, record)

  const found = await storage.read('readTokenContext', {
    clientId: owner.id,
    resource: record.uri,
  })

  const { id, secretHash, name, grantTypes, status, scope, isAgent, dpopBoundAccessTokens } = owner
  assert.deepEqual(found, {
    client: { id, secretHash, name, grantTypes, status, scope, isAgent, dpopBoundAccessTokens },
    resources: [{ id: record.id, uri: record.uri, scopeNames: ['read', 'write'] }],
  })
})

test('without a resource nothing is looked up', async (t) => {
  const storage = await startStorage(t)
  await create(storage, resource({ uri: '' }))

  const found = await storage.read('readTokenContext', { clientId: 'nobody', resource: null })

  assert.deepEqual(found, { client: null, resources: [] })
})

test('a resource without a URI is not found by an empty one', async (t) => {
  const storage = await startStorage(t)
  await create(storage, resource({ uri: '' }))

  assert.deepEqual(await contextUris(storage, ''), [])
})

test('a resource is found by another spelling of its URI (B28)', async (t) => {
  const storage = await startStorage(t)
  await create(storage, resource({ uri: 'https://api.example' }))

  assert.deepEqual(await contextUris(storage, 'HTTPS://API.example:443/'), ['https://api.example'])
})

test('a slash after a path stays significant', async (t) => {
  const storage = await startStorage(t)
  await create(storage, resource({ uri: 'https://api.example/mcp' }))

  assert.deepEqual(await contextUris(storage, 'https://api.example/mcp/'), [])
})

test('the exact URI wins over one that is only canonically equal', async (t) => {
  const storage = await startStorage(t)
  await create(
    storage,
    resource({ uri: 'https://api.example' }),
    resource({ uri: 'https://api.example/' }),
  )

  assert.deepEqual(await contextUris(storage, 'https://api.example/'), ['https://api.example/'])
})

test('an ambiguous resource shows as two rows', async (t) => {
  const storage = await startStorage(t)
  const uri = 'https://api.example/mcp'
  await create(storage, resource({ uri }), resource({ uri }), resource({ uri }))

  assert.deepEqual(await contextUris(storage, uri), [uri, uri])
  assert.deepEqual(await contextUris(storage, 'https://API.example/mcp'), [uri, uri])
})

test('a protected resource is found by URI, then slug, then path', async (t) => {
  const storage = await startStorage(t)
  const byUri = resource({ slug: 'a', uri: 'https://as.example/tools' })
  const bySlug = resource({ slug: 'tools', uri: 'https://b.example' })
  const byPath = resource({ slug: 'c', uri: 'https://c.example/deep/tools' })
  await create(storage, byUri, bySlug, byPath)
  const find = async (uris: readonly string[], slug: string | null, path: string | null) => {
    const found = await storage.read('findProtectedResource', { uris, slug, path })
    return found.resources
  }

  assert.deepEqual(await find(['https://as.example/tools'], 'tools', 'deep/tools'), [byUri])
  assert.deepEqual(await find(['https://as.example/x', ''], 'tools', 'deep/tools'), [bySlug])
  assert.deepEqual(await find([], 'none', 'deep/tools'), [byPath])
  assert.deepEqual(await find([], null, 'deep/tools'), [byPath])
  assert.deepEqual(await find([], null, ''), [])
  assert.deepEqual(await find([], 'none', null), [])
})

test('scope names are listed once each, in order of first appearance', async (t) => {
  const storage = await startStorage(t)
  const scopes = (...names: readonly string[]) =>
    names.map((name) => ({ name, description: '', upstream: '' }))
  await create(
    storage,
    resource({ scopes: scopes('write', 'read') }),
    resource({ scopes: scopes('admin', 'read') }),
  )

  const { names } = await storage.read('listScopeNames', {})

  assert.deepEqual(names, ['write', 'read', 'admin'])
})

test('resources are listed by slug, by kind and provider', async (t) => {
  const storage = await startStorage(t)
  const first = resource({ slug: 'a' })
  const second = resource({ slug: 'b' })
  await create(storage, second, first)
  const list = async (backendKind: 'mint' | 'broker' | null, brokerProviderId: string | null) => {
    const page = { backendKind, brokerProviderId, limit: 10, offset: 0 }
    return (await storage.read('listResources', page)).resources
  }

  assert.deepEqual(await list(null, null), [first, second])
  assert.deepEqual(await list('mint', null), [first, second])
  assert.deepEqual(await list('broker', null), [])
  assert.deepEqual(await list(null, 'provider'), [])
})

test('a slug is taken once, also by a change', async (t) => {
  const storage = await startStorage(t)
  const first = resource({ slug: 'first' })
  const second = resource({ slug: 'second' })
  await create(storage, first, second)
  const taken = { ok: false, refusal: 'slug-taken' }

  const created = await storage.commit('createResource', {
    resource: resource({ slug: 'first' }),
    audit: auditEvent('resource.created'),
  })
  const changed = await storage.commit('changeResource', change(second.id, { slug: 'first' }))

  assert.deepEqual(created, taken)
  assert.deepEqual(changed, taken)
})

test('a policy names only clients that exist', async (t) => {
  const storage = await startStorage(t)
  const known = client()
  await storage.commit('createClient', {
    client: known,
    audit: auditEvent('client.created_admin'),
  })
  const policy = (...ids: readonly string[]) => ({
    exchangeAllowedClientIds: [known.id],
    runtimeClientIds: ids,
    connectAllowedReturnUrls: [],
  })
  const record = resource({ policy: policy() })
  await create(storage, record)
  const refused = { ok: false, refusal: 'unknown-client' }

  const created = await storage.commit('createResource', {
    resource: resource({ policy: policy('nobody') }),
    audit: auditEvent('resource.created'),
  })
  const changed = await storage.commit(
    'changeResource',
    change(record.id, { policy: policy('nobody') }),
  )

  assert.deepEqual(created, refused)
  assert.deepEqual(changed, refused)
})

test('a broker resource names a provider that exists', async (t) => {
  const storage = await startStorage(t)
  const broker = { backendKind: 'broker', brokerProviderId: 'nothing' } as const

  const answer = await storage.commit('createResource', {
    resource: resource(broker),
    audit: auditEvent('resource.created'),
  })

  assert.deepEqual(answer, { ok: false, refusal: 'unknown-provider' })
})

test('a changed URI is found in its new spellings and no more in the old one', async (t) => {
  const storage = await startStorage(t)
  const record = resource({ uri: 'https://old.example/x' })
  await create(storage, record)

  const answer = await storage.commit(
    'changeResource',
    change(record.id, { uri: 'https://new.example/y' }),
  )

  const changed = { ...record, uri: 'https://new.example/y', updatedAtMs: nowMs + 1 }
  assert.deepEqual(answer, { ok: true, reply: { resource: changed } })
  assert.deepEqual(await contextUris(storage, 'https://NEW.example/y'), ['https://new.example/y'])
  assert.deepEqual(await contextUris(storage, 'https://old.example/x'), [])
  const byPath = { uris: [], slug: null, path: 'y' }
  assert.deepEqual(await storage.read('findProtectedResource', byPath), { resources: [changed] })
})

test('an unknown resource is neither changed nor deleted', async (t) => {
  const storage = await startStorage(t)
  const unknown = { ok: false, refusal: 'unknown-resource' }
  const audit = auditEvent('resource.deleted')

  assert.deepEqual(await storage.commit('changeResource', change('nothing', {})), unknown)
  assert.deepEqual(
    await storage.commit('deleteResource', { id: 'nothing', links: [], audit }),
    unknown,
  )
})

test('a fronted resource keeps its slug and the scopes that links map', async (t) => {
  const storage = await startStorage(t)
  const source = resource({ slug: 'source' })
  const target = resource({ slug: 'target' })
  await create(storage, source, target)
  link(storage, 'source', 'target')
  const without = (name: string) => ({
    scopes: source.scopes.filter((scope) => scope.name !== name),
  })
  const outcome = async (id: string, members: Partial<Resource>) => {
    const answer = await storage.commit('changeResource', change(id, members))
    return answer.ok ? 'changed' : answer.refusal
  }

  assert.equal(await outcome(source.id, { slug: 'other' }), 'resource-fronted')
  assert.equal(await outcome(source.id, without('read')), 'resource-fronted')
  assert.equal(await outcome(target.id, without('write')), 'resource-fronted')
  assert.equal(await outcome(source.id, without('write')), 'changed')
  assert.equal(await outcome(target.id, without('read')), 'changed')
})

test('links and issuances block the deletion of a resource', async (t) => {
  const storage = await startStorage(t)
  const owner = client()
  const issued = resource()
  const fronted = resource({ slug: 'fronted' })
  const free = resource({ slug: 'free' })
  await storage.commit('createClient', {
    client: owner,
    audit: auditEvent('client.created_admin'),
  })
  await create(storage, issued, fronted, free)
  const token = issuance({ clientId: owner.id, resourceId: issued.id })
  await storage.commit('commitMachineIssuance', boundIssue(token))
  link(storage, 'fronted', 'fronted')
  const outcome = async (id: string) => {
    const audit = auditEvent('resource.deleted')
    const answer = await storage.commit('deleteResource', { id, links: [], audit })
    return answer.ok ? 'deleted' : answer.refusal
  }

  assert.equal(await outcome(issued.id), 'resource-in-use')
  assert.equal(await outcome(fronted.id), 'resource-fronted')
  assert.equal(await outcome(free.id), 'deleted')
})
