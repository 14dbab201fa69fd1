// Protected resource metadata (src/oauth/protected-resource-metadata.ts, RFC 9728, spec 01 §3.3).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  protectedResourceLookup,
  protectedResourceMetadata,
} from '../../../src/oauth/protected-resource-metadata.ts'
import type { Resource } from '../../../src/records/resource.ts'

const issuer = 'https://auth.test/tenant'
const resource: Resource = {
  id: 'r1',
  slug: 'mcp1',
  displayName: 'First server',
  uri: 'https://MCP1.test:443/mcp',
  backendKind: 'mint',
  brokerProviderId: null,
  scopes: [
    { name: 'tools/query', description: 'Query', upstream: '' },
    { name: 'tools/echo', description: 'Echo', upstream: '' },
  ],
  policy: { exchangeAllowedClientIds: [], runtimeClientIds: [], connectAllowedReturnUrls: [] },
  createdAtMs: 0,
  updatedAtMs: 0,
}

describe('the lookup', () => {
  test('of the bare path is the origin of the issuer, with and without a slash', () => {
    assert.deepEqual(protectedResourceLookup(issuer, null), {
      uris: ['https://auth.test', 'https://auth.test/'],
      slug: null,
      path: null,
    })
  })

  test('of a reference is a URI on the origin, then a slug, then a path', () => {
    assert.deepEqual(protectedResourceLookup(issuer, 'a/b'), {
      uris: ['https://auth.test/a/b'],
      slug: 'a/b',
      path: 'a/b',
    })
  })

  test('keeps a port that is not the default', () => {
    const { uris } = protectedResourceLookup('http://localhost:9000', 'mcp')

    assert.deepEqual(uris, ['http://localhost:9000/mcp'])
  })
})

describe('the document', () => {
  const features = { issuer, isDpopEnabled: false }

  test('names the algorithms of proofs where tokens can be bound to keys', () => {
    const document = protectedResourceMetadata({ issuer, isDpopEnabled: true }, resource)

    assert.deepEqual(Object.entries(document).at(-1), [
      'dpop_signing_alg_values_supported',
      ['ES256', 'RS256', 'PS256'],
    ])
  })

  test('has the registered URI byte for byte and the scopes in catalog order', () => {
    assert.deepEqual(protectedResourceMetadata(features, resource), {
      resource: 'https://MCP1.test:443/mcp',
      authorization_servers: [issuer],
      scopes_supported: ['tools/query', 'tools/echo'],
      bearer_methods_supported: ['header'],
      resource_name: 'First server',
    })
  })

  test('leaves out scopes and name when there are none', () => {
    const bare = { ...resource, scopes: [], displayName: '' }

    assert.deepEqual(Object.keys(protectedResourceMetadata(features, bare)), [
      'resource',
      'authorization_servers',
      'bearer_methods_supported',
    ])
  })

  test('says nothing about policy, ids or the backend', () => {
    const text = JSON.stringify(
      protectedResourceMetadata(features, {
        ...resource,
        backendKind: 'broker',
        brokerProviderId: 'provider-1',
        policy: { ...resource.policy, runtimeClientIds: ['rs1'] },
      }),
    )

    for (const secret of ['provider-1', 'rs1', '"r1"', 'broker']) {
      assert.equal(text.includes(secret), false, secret)
    }
  })
})
