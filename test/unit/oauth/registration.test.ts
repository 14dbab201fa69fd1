// Clients that register themselves (src/oauth/registration.ts, RFC 7591, spec 01 §11), and what
// installed clients are known to send.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../../src/oauth/json-document.ts'
import {
  areApproved,
  decideSelfRegistration,
  namedRedirectUris,
  registrationResponse,
  type SelfRegistrationPolicy,
  selfDescriptionOf,
} from '../../../src/oauth/registration.ts'
import type { Client } from '../../../src/records/client.ts'
import { capturedRegistrations } from '../../support/captured-registrations.ts'

const policy: SelfRegistrationPolicy = {
  enabledGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
  allowsPrivateUseSchemes: true,
  defaultClientScope: 'tools/echo  tools/query',
}

const app = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }

const decide = (document: JsonObject, change: Partial<SelfRegistrationPolicy> = {}) =>
  decideSelfRegistration(selfDescriptionOf(document), { ...policy, ...change })

function accepted(document: JsonObject, change: Partial<SelfRegistrationPolicy> = {}) {
  const decision = decide(document, change)
  assert.ok(decision.ok, decision.ok ? '' : decision.problems.join('; '))
  return decision.accepted
}

describe('the ceiling', () => {
  test('of a client that keeps a user in the loop is the configured one', () => {
    assert.equal(accepted(app).scope, 'tools/echo tools/query')
    const grants = { grant_types: ['authorization_code'] }
    assert.equal(accepted({ ...app, ...grants }).scope, 'tools/echo tools/query')
  })

  test('of a client with a machine grant is empty', () => {
    const grants = { grant_types: ['authorization_code', 'client_credentials'] }
    assert.equal(accepted({ ...app, ...grants }).scope, '')
    assert.equal(accepted({ client_name: 'R', grant_types: ['client_credentials'] }).scope, '')
  })

  test('is never what the client asks for', () => {
    assert.equal(accepted({ ...app, scope: 'admin' }).scope, 'tools/echo tools/query')
    assert.equal(accepted({ ...app, scope: 'admin' }, { defaultClientScope: '' }).scope, '')
  })
})

test('members that no client may choose are not looked at, whatever they hold', () => {
  const plain = accepted(app)
  for (const name of [
    'scope',
    'client_id',
    'client_secret',
    'jwks',
    'jwks_uri',
    'logo_uri',
    'id',
  ]) {
    for (const value of ['javascript:alert(1)', 7, null, [], {}, { scope: 'x' }]) {
      assert.deepEqual(accepted({ ...app, [name]: value }), plain, name)
    }
  }
})

test('a member that is inherited counts as absent', () => {
  const document = Object.create(
    { client_name: 'Inherited' },
    Object.getOwnPropertyDescriptors({
      redirect_uris: ['https://app.test/cb'],
    }),
  )

  assert.equal(decide(document).ok, false)
})

test('any document is decided about, and an accepted one has only what may be stored', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (value, others) => {
      for (const name of [
        'client_name',
        'redirect_uris',
        'grant_types',
        'agent',
        'application_type',
      ]) {
        const decision = decide({ ...app, ...others, [name]: value })
        if (!decision.ok) assert.ok(decision.problems.length > 0)
        else
          assert.deepEqual(
            Object.keys(decision.accepted).toSorted(),
            Object.keys(accepted(app)).toSorted(),
          )
      }
    }),
  )
})

test('redirect URIs are approved byte for byte, every one', () => {
  const approved = ['https://app.test/cb', 'http://127.0.0.1/cb']

  assert.equal(areApproved(['https://app.test/cb'], approved), true)
  assert.equal(areApproved([], approved), true)
  for (const uri of ['https://app.test/CB', 'https://app.test/cb/', 'https://app.test:443/cb']) {
    assert.equal(areApproved(['https://app.test/cb', uri], approved), false)
  }
  assert.deepEqual(namedRedirectUris({ redirect_uris: ['a', 1, 'b'] }), ['a', 'b'])
  assert.deepEqual(namedRedirectUris({ redirect_uris: 'a' }), [])
})

describe('the answer', () => {
  const client: Client = {
    ...accepted(app, { defaultClientScope: '' }),
    id: 'the-id',
    secretHash: '',
    status: 'active',
    registrationSource: 'dcr',
    cimdUrl: '',
    version: 1,
    issuedAtMs: 1_700_000_000_999,
    updatedAtMs: 1_700_000_000_999,
  }

  test('has the members of a public client, in the order of the specification', () => {
    const response = registrationResponse({ client, secret: null, namesRedirectUris: true })

    assert.equal(
      JSON.stringify(response),
      JSON.stringify({
        client_id: 'the-id',
        client_id_issued_at: 1_700_000_000,
        redirect_uris: ['https://app.test/cb'],
        client_name: 'App',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'web',
      }),
    )
  })

  test('has what else was decided, behind them', () => {
    const agent = { isAgent: true, agentDescription: 'Reads.', dpopBoundAccessTokens: true }
    const response = registrationResponse({
      client: { ...client, ...agent, scope: 'a b', redirectUris: [], applicationType: 'native' },
      secret: 'the secret',
      namesRedirectUris: false,
    }) as Readonly<Record<string, unknown>>

    assert.equal(response['redirect_uris'], null)
    assert.deepEqual(Object.keys(response).slice(7), [
      'application_type',
      'client_secret',
      'client_secret_expires_at',
      'scope',
      'agent',
      'agent_description',
      'dpop_bound_access_tokens',
    ])
    assert.equal(response['client_secret_expires_at'], 0)
    assert.equal(response['application_type'], 'native')
  })
})

describe('installed clients register as they do', () => {
  for (const { client, document, applicationType } of capturedRegistrations) {
    test(client, () => {
      const metadata = accepted(document)

      assert.deepEqual(metadata.redirectUris, document['redirect_uris'])
      assert.equal(metadata.tokenEndpointAuthMethod, 'none')
      assert.equal(metadata.scope, 'tools/echo tools/query')
      assert.equal(metadata.applicationType, applicationType)
    })
  }
})
