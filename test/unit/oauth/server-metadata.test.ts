// Authorization server metadata (src/oauth/server-metadata.ts, RFC 8414, spec 01 §3.1, C4, MD-02).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  endpointPaths,
  issuerPath,
  metadataPaths,
  type ServerFeatures,
  serverMetadata,
} from '../../../src/oauth/server-metadata.ts'

type Document = Readonly<Record<string, unknown>>

const issuer = 'https://auth.test/tenant'
const features: ServerFeatures = {
  issuer,
  grantTypes: ['client_credentials'],
  isDpopEnabled: false,
  hasClientDocuments: false,
}
const documentOf = (scopes: readonly string[] | null): Document =>
  serverMetadata(features, scopes) as Document

test('every endpoint is the issuer with a path behind it', () => {
  const document = documentOf([])

  for (const [name, value] of Object.entries(document)) {
    if (name.endsWith('_endpoint') || name === 'jwks_uri') {
      assert.ok(String(value).startsWith(`${issuer}/`), name)
    }
  }
  assert.equal(document['token_endpoint'], `${issuer}/oauth/token`)
  assert.equal(document['jwks_uri'], `${issuer}/.well-known/jwks.json`)
  assert.equal(document['issuer'], issuer)
})

test('members come in the order of the specification', () => {
  assert.deepEqual(Object.keys(documentOf(['a'])), [
    'issuer',
    'authorization_endpoint',
    'token_endpoint',
    'registration_endpoint',
    'revocation_endpoint',
    'introspection_endpoint',
    'jwks_uri',
    'response_types_supported',
    'grant_types_supported',
    'token_endpoint_auth_methods_supported',
    'introspection_endpoint_auth_methods_supported',
    'revocation_endpoint_auth_methods_supported',
    'code_challenge_methods_supported',
    'scopes_supported',
    'resource_indicators_supported',
    'authorization_response_iss_parameter_supported',
    'authplane_agent_identity_supported',
  ])
})

test('only grants that are switched on are listed', () => {
  const none = serverMetadata({ ...features, grantTypes: [] }, []) as Document

  assert.deepEqual(none['grant_types_supported'], [])
  assert.deepEqual(documentOf([])['grant_types_supported'], ['client_credentials'])
})

test('algorithms of proofs are named where tokens can be bound to keys', () => {
  const bound = { ...features, isDpopEnabled: true }
  const names = Object.keys(serverMetadata(bound, []))
  const document = serverMetadata(bound, []) as Document

  assert.deepEqual(document['dpop_signing_alg_values_supported'], ['ES256', 'RS256', 'PS256'])
  const iss = names.indexOf('authorization_response_iss_parameter_supported')
  assert.equal(names[iss + 1], 'dpop_signing_alg_values_supported')
})

test('metadata documents are named where they can be client ids', () => {
  const names = Object.keys(serverMetadata({ ...features, hasClientDocuments: true }, []))

  const iss = names.indexOf('authorization_response_iss_parameter_supported')
  assert.equal(names[iss - 1], 'client_id_metadata_document_supported')
})

test('S256 is the only challenge method', () => {
  assert.deepEqual(documentOf([])['code_challenge_methods_supported'], ['S256'])
})

test('features that do not exist are not announced', () => {
  const document = documentOf([])

  for (const name of [
    'dpop_signing_alg_values_supported',
    'client_id_metadata_document_supported',
    'identity_assertion_supported',
    'userinfo_endpoint',
    'id_token_signing_alg_values_supported',
    'subject_types_supported',
  ]) {
    assert.equal(Object.hasOwn(document, name), false, name)
  }
})

describe('scopes_supported', () => {
  test('ends with offline_access', () => {
    assert.deepEqual(documentOf(['b', 'a'])['scopes_supported'], ['b', 'a', 'offline_access'])
  })

  test('names offline_access once when a resource declares it', () => {
    const scopes = ['offline_access', 'a']

    assert.deepEqual(documentOf(scopes)['scopes_supported'], scopes)
  })

  test('is left out when the scopes could not be read', () => {
    assert.equal(Object.hasOwn(documentOf(null), 'scopes_supported'), false)
  })
})

describe('the metadata is found', () => {
  test('at both well-known paths of an issuer without path', () => {
    assert.deepEqual(metadataPaths('https://auth.test'), [
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
    ])
  })

  test('at all three forms of an issuer with path', () => {
    assert.deepEqual(metadataPaths('https://auth.test/a/b'), [
      '/.well-known/oauth-authorization-server/a/b',
      '/.well-known/openid-configuration/a/b',
      '/a/b/.well-known/openid-configuration',
    ])
  })
})

test('the path of an issuer has no final slash', () => {
  assert.equal(issuerPath('https://auth.test'), '')
  assert.equal(issuerPath('https://auth.test/'), '')
  assert.equal(issuerPath('https://auth.test:8443/a/b'), '/a/b')
})

test('endpoints have the paths of the specification', () => {
  assert.deepEqual(endpointPaths, {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    registration: '/oauth/register',
    revocation: '/oauth/revoke',
    introspection: '/oauth/introspect',
    jwks: '/.well-known/jwks.json',
  })
})
