// Rules for the metadata of clients (spec 05 §4.1, 01 §5.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decideClient,
  type RegistrationPolicy,
  type RequestedClient,
  readClientDocument,
} from '../../../src/oauth/client-registration.ts'

const policy: RegistrationPolicy = {
  enabledGrants: ['client_credentials'],
  allowsPrivateUseSchemes: true,
}

const nothing: RequestedClient = {
  name: null,
  redirectUris: null,
  grantTypes: null,
  responseTypes: null,
  tokenEndpointAuthMethod: null,
  scope: null,
  isAgent: null,
  agentDescription: null,
  applicationType: null,
  dpopBoundAccessTokens: null,
}

const browserApp = { ...nothing, name: 'App', redirectUris: ['https://app.test/cb'] }
const machine = { ...nothing, name: 'Robot', grantTypes: ['client_credentials'] }

function accepted(requested: RequestedClient) {
  const decision = decideClient(requested, policy)
  assert.ok(decision.ok)
  return decision.accepted
}

function problems(requested: RequestedClient, given: RegistrationPolicy = policy): string {
  const decision = decideClient(requested, given)
  assert.ok(!decision.ok)
  return decision.problems.join('; ')
}

test('fills in the defaults of a public client of both interactive grants', () => {
  assert.deepEqual(accepted(browserApp), {
    name: 'App',
    redirectUris: ['https://app.test/cb'],
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    tokenEndpointAuthMethod: 'none',
    scope: '',
    isAgent: false,
    agentDescription: '',
    applicationType: null,
    dpopBoundAccessTokens: false,
  })
})

test('keeps grant types in the order in which they were sent, each once', () => {
  const grantTypes = ['refresh_token', 'client_credentials', 'refresh_token', 'authorization_code']

  assert.deepEqual(accepted({ ...browserApp, grantTypes }).grantTypes, [
    'refresh_token',
    'client_credentials',
    'authorization_code',
  ])
})

test('needs no redirect URI for a machine grant', () => {
  assert.deepEqual(accepted(machine).redirectUris, [])
})

test('normalises the white space of a scope and drops repetitions', () => {
  assert.equal(
    accepted({ ...machine, scope: '  tools/a\ttools/b tools/a ' }).scope,
    'tools/a tools/b',
  )
})

test('takes the interactive grants although no switch names them', () => {
  const none = { enabledGrants: [], allowsPrivateUseSchemes: true }

  assert.ok(decideClient(browserApp, none).ok)
})

const switches = [
  ['client_credentials', 'AUTHPLANE_CLIENT_CREDENTIALS_ENABLED'],
  ['urn:ietf:params:oauth:grant-type:token-exchange', 'AUTHPLANE_TOKEN_EXCHANGE_ENABLED'],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'AUTHPLANE_XAA_ENABLED'],
] as const

for (const [grantType, variable] of switches) {
  test(`names ${variable} when ${grantType} is off`, () => {
    const off = { enabledGrants: [], allowsPrivateUseSchemes: true }

    assert.match(problems({ ...machine, grantTypes: [grantType] }, off), new RegExp(variable))
  })
}

const refusals: readonly (readonly [what: string, requested: RequestedClient, problem: RegExp])[] =
  [
    ['a missing name', { ...browserApp, name: null }, /client_name is required/],
    ['a blank name', { ...browserApp, name: ' \t' }, /client_name is required/],
    [
      'a name of 256 bytes',
      { ...browserApp, name: 'é'.repeat(128) },
      /client_name is longer than 255/,
    ],
    ['a name with a line break', { ...browserApp, name: 'a\nb' }, /client_name holds control/],
    [
      'a name that changes direction',
      { ...browserApp, name: 'a\u202eb' },
      /client_name holds control/,
    ],
    ['no redirect URI', { ...browserApp, redirectUris: [] }, /redirect_uris is required/],
    [
      'eleven redirect URIs',
      { ...browserApp, redirectUris: Array.from({ length: 11 }, (_, n) => `https://a.test/${n}`) },
      /more than 10/,
    ],
    [
      'a plain http redirect',
      { ...browserApp, redirectUris: ['http://a.test/'] },
      /only for localhost/,
    ],
    ['an unknown grant type', { ...browserApp, grantTypes: ['password'] }, /"password" is unknown/],
    ['no grant type', { ...machine, grantTypes: [] }, /at least one grant type/],
    ['an implicit response type', { ...browserApp, responseTypes: ['token'] }, /code only/],
    [
      'an unknown method',
      { ...browserApp, tokenEndpointAuthMethod: 'private_key_jwt' },
      /token_endpoint_auth_method must be one of/,
    ],
    ['an unknown application type', { ...browserApp, applicationType: 'tv' }, /web or native/],
    ['a scope with a quote', { ...machine, scope: 'a"b' }, /holds characters/],
    ['a scope without end', { ...machine, scope: `${'a'.repeat(8192)} b` }, /scope is longer/],
    [
      'a long agent description',
      { ...machine, agentDescription: 'x'.repeat(256) },
      /agent_description is longer than 255/,
    ],
  ]

for (const [what, requested, problem] of refusals) {
  test(`refuses ${what}`, () => {
    assert.match(problems(requested), problem)
  })
}

test('tells all problems at once', () => {
  const text = problems({ ...nothing, redirectUris: ['ftp://a.test/'], responseTypes: ['token'] })

  assert.match(text, /client_name.*ftp.*response_types/s)
})

test('calls a public client with a private-use redirect native, whatever it says', () => {
  const redirectUris = ['cursor://anysphere.cursor-mcp/oauth/callback']
  const client = accepted({ ...browserApp, redirectUris, applicationType: 'web' })

  assert.equal(client.applicationType, 'native')
})

test('refuses a private-use redirect of a confidential client', () => {
  const redirectUris = ['com.example.app:/cb']
  const method = 'client_secret_basic'

  assert.match(
    problems({ ...browserApp, redirectUris, tokenEndpointAuthMethod: method }),
    /only public clients/,
  )
})

test('refuses a private-use redirect when the switch is off', () => {
  const off = { ...policy, allowsPrivateUseSchemes: false }

  assert.match(problems({ ...browserApp, redirectUris: ['com.example.app:/cb'] }, off), /scheme/)
})

test('reads the members it knows and ignores the others', () => {
  const decision = readClientDocument({
    client_name: 'App',
    redirect_uris: ['https://app.test/cb'],
    agent: true,
    client_id: 'chosen',
    client_secret: 'chosen',
    status: 'revoked',
  })

  assert.deepEqual(decision, {
    ok: true,
    accepted: { ...nothing, name: 'App', redirectUris: ['https://app.test/cb'], isAgent: true },
  })
})

test('reads null as absent', () => {
  assert.deepEqual(readClientDocument({ client_name: null, scope: null }), {
    ok: true,
    accepted: nothing,
  })
})

test('tells every member of a wrong type', () => {
  const decision = readClientDocument({ client_name: 1, redirect_uris: [2], agent: 'yes' })

  assert.deepEqual(decision, {
    ok: false,
    problems: [
      'client_name must be a string',
      'redirect_uris must be a list of strings',
      'agent must be true or false',
    ],
  })
})

test('is not misled by members of the prototype', () => {
  const document = JSON.parse('{"__proto__": {"client_name": "inherited"}}')

  assert.deepEqual(readClientDocument(document), { ok: true, accepted: nothing })
})
