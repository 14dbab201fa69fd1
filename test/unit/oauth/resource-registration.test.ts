// Rules for resources and their policy (spec 05 §4.4, 03 §1.1–1.3).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decideResource,
  emptyPolicy,
  isReturnUrl,
  type ResolvedResource,
  readResourceDocument,
  readScopesDocument,
} from '../../../src/oauth/resource-registration.ts'

const nothing: ResolvedResource = {
  slug: null,
  uri: null,
  backendKind: null,
  brokerProviderId: null,
  displayName: null,
  scopes: null,
  policy: null,
}
const mint = { ...nothing, slug: 'notes', backendKind: 'mint' }
const broker = { ...nothing, slug: 'mail', backendKind: 'broker', brokerProviderId: 'provider' }
const scope = (name: string) => ({ name, description: '', upstream: '' })

function problems(requested: ResolvedResource): string {
  const decision = decideResource(requested)
  assert.ok(!decision.ok)
  return decision.problems.join('; ')
}

function accepted(requested: ResolvedResource) {
  const decision = decideResource(requested)
  assert.ok(decision.ok)
  return decision.accepted
}

test('fills in what a mint resource leaves out', () => {
  assert.deepEqual(accepted(mint), {
    slug: 'notes',
    displayName: '',
    uri: '',
    backendKind: 'mint',
    brokerProviderId: null,
    scopes: [],
    policy: emptyPolicy,
  })
})

test('lower-cases the slug before it is checked', () => {
  assert.equal(accepted({ ...mint, slug: 'Notes-2' }).slug, 'notes-2')
})

test('keeps the URI byte for byte', () => {
  const uri = 'https://MCP.test:443/v1/'

  assert.equal(accepted({ ...mint, uri }).uri, uri)
})

test('drops the connect policy of a mint resource without a word', () => {
  const policy = { ...emptyPolicy, connectAllowedReturnUrls: ['not even a URL'] }

  assert.deepEqual(accepted({ ...mint, policy }).policy, emptyPolicy)
})

test('keeps each entry of a policy once', () => {
  const policy = { ...emptyPolicy, runtimeClientIds: ['b', 'a', 'b'] }

  assert.deepEqual(accepted({ ...mint, policy }).policy.runtimeClientIds, ['b', 'a'])
})

test('keeps the connect policy of a broker resource', () => {
  const policy = { ...emptyPolicy, connectAllowedReturnUrls: ['https://app.test/back'] }

  assert.deepEqual(accepted({ ...broker, policy }).policy, policy)
})

const refusals: readonly (readonly [string, ResolvedResource, RegExp])[] = [
  ['no slug', { ...mint, slug: null }, /slug is required/],
  ['a slug with a space', { ...mint, slug: 'a b' }, /slug must be/],
  ['a slug that begins with a dash', { ...mint, slug: '-a' }, /slug must be/],
  ['a slug of 65 characters', { ...mint, slug: 'a'.repeat(65) }, /slug must be/],
  ['a relative URI', { ...mint, uri: '/mcp' }, /uri must be/],
  ['a URI without a host', { ...mint, uri: 'https:mcp.test' }, /uri must be/],
  ['a URI with a fragment', { ...mint, uri: 'https://mcp.test/#x' }, /uri must be/],
  ['a URI with credentials', { ...mint, uri: 'https://a:b@mcp.test/' }, /uri must be/],
  ['another scheme', { ...mint, uri: 'ftp://mcp.test/' }, /uri must be/],
  ['a URI without end', { ...mint, uri: `https://mcp.test/${'a'.repeat(2048)}` }, /uri is longer/],
  ['no kind', { ...mint, backendKind: null }, /backend_kind must be one of mint, broker/],
  ['a mint resource with a provider', { ...mint, brokerProviderId: 'p' }, /must not name/],
  ['a broker resource without one', { ...broker, brokerProviderId: '' }, /must name a provider/],
  ['a display name with a NUL', { ...mint, displayName: 'a\0' }, /display_name holds control/],
  ['a scope without a name', { ...mint, scopes: [scope('')] }, /scopes\[0\] has no name/],
  ['a scope name with a space', { ...mint, scopes: [scope('a b')] }, /no scope can have/],
  ['a scope listed twice', { ...mint, scopes: [scope('a'), scope('a')] }, /"a" is listed twice/],
  [
    'an empty client id',
    { ...mint, policy: { ...emptyPolicy, runtimeClientIds: [''] } },
    /client id of the policy is empty/,
  ],
  [
    'a return URL that is none',
    { ...broker, policy: { ...emptyPolicy, connectAllowedReturnUrls: ['app.test'] } },
    /return URL "app.test"/,
  ],
]

for (const [what, requested, problem] of refusals) {
  test(`refuses ${what}`, () => {
    assert.match(problems(requested), problem)
  })
}

for (const url of [
  'https://app.test/back',
  'http://app.test',
  'http://localhost:*',
  'https://localhost:*',
  'http://127.0.0.1:*',
  'https://127.0.0.1:*',
]) {
  test(`takes ${url} as a return URL`, () => {
    assert.equal(isReturnUrl(url), true)
  })
}

for (const url of [
  '',
  'app.test',
  'javascript:alert(1)',
  'http://app.test:*',
  'http://localhost:*/x',
]) {
  test(`does not take ${JSON.stringify(url)} as a return URL`, () => {
    assert.equal(isReturnUrl(url), false)
  })
}

test('reads the whole wire form', () => {
  const decision = readResourceDocument({
    slug: 'notes',
    backend_kind: 'mint',
    broker_provider_slug: 'mail',
    scopes: [{ name: 'read', description: 'Read' }],
    policy: { exchange: { allowed_client_ids: ['a'] }, runtime: { client_ids: ['b'] } },
  })

  assert.deepEqual(decision, {
    ok: true,
    accepted: {
      ...mint,
      brokerProviderSlug: 'mail',
      scopes: [{ name: 'read', description: 'Read', upstream: '' }],
      policy: { ...emptyPolicy, exchangeAllowedClientIds: ['a'], runtimeClientIds: ['b'] },
    },
  })
})

const unknown: readonly (readonly [string, string])[] = [
  ['{"slug":"a","id":"chosen"}', 'unknown field "id"'],
  ['{"__proto__":{}}', 'unknown field "__proto__"'],
  ['{"scopes":[{"name":"a","title":"A"}]}', 'unknown field "scopes[0].title"'],
  ['{"policy":{"exchanges":{}}}', 'unknown field "policy.exchanges"'],
  ['{"policy":{"runtime":{"clients":[]}}}', 'unknown field "policy.runtime.clients"'],
]

for (const [text, problem] of unknown) {
  test(`refuses ${text}`, () => {
    assert.deepEqual(readResourceDocument(JSON.parse(text)), { ok: false, problems: [problem] })
  })
}

test('tells members of a wrong type with their path', () => {
  const decision = readResourceDocument({ slug: 1, policy: { exchange: [] }, scopes: ['read'] })

  assert.deepEqual(decision, {
    ok: false,
    problems: [
      'scopes must be a list of objects',
      'slug must be a string',
      'policy.exchange must be an object',
    ],
  })
})

test('reads a list of scopes on its own', () => {
  assert.deepEqual(readScopesDocument([{ name: 'read', upstream: 'mail.read' }]), {
    ok: true,
    accepted: [{ name: 'read', description: '', upstream: 'mail.read' }],
  })
})

test('refuses scopes that are no list', () => {
  assert.equal(readScopesDocument({ name: 'read' }).ok, false)
})
