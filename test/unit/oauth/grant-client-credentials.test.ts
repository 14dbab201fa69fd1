// Who may have a machine token, for what, with which scope (src/oauth/grant-client-credentials.ts,
// spec 01 §10.5 and §5.5).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decideClientCredentials } from '../../../src/oauth/grant-client-credentials.ts'
import { OAuthError, type OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import type { TokenClient } from '../../../src/records/client.ts'
import type { TokenResource } from '../../../src/records/resource.ts'

const uri = 'https://mcp1.test/mcp'

function clientWith(change: Partial<TokenClient>): TokenClient {
  return {
    id: 'm2m',
    secretHash: 's256$x',
    name: 'Machine',
    grantTypes: ['client_credentials'],
    status: 'active',
    scope: '',
    isAgent: false,
    dpopBoundAccessTokens: false,
    ...change,
  }
}

const resourceWith = (scopeNames: readonly string[], id = 'r1'): TokenResource => ({
  id,
  uri,
  scopeNames,
})

interface Case {
  readonly ceiling: string
  /** Null = no resource in the request. */
  readonly catalog: readonly string[] | null
  readonly requested: string | null
}

function decide({ ceiling, catalog, requested }: Case): readonly string[] | OAuthErrorCode {
  try {
    return decideClientCredentials(
      clientWith({ scope: ceiling }),
      catalog === null ? [] : [resourceWith(catalog)],
      { scope: requested, resource: catalog === null ? null : uri },
    ).scopeNames
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
}

describe('the scope of a machine token', () => {
  const table: readonly [string, Case, readonly string[] | OAuthErrorCode][] = [
    [
      'ceiling, no resource, omitted: the whole ceiling, sorted',
      { ceiling: 'b a', catalog: null, requested: null },
      ['a', 'b'],
    ],
    [
      'ceiling, no resource, within: as asked, sorted',
      { ceiling: 'a b c', catalog: null, requested: 'c a' },
      ['a', 'c'],
    ],
    [
      'ceiling, no resource, repeated name: once',
      { ceiling: 'a', catalog: null, requested: 'a a' },
      ['a'],
    ],
    [
      'ceiling, no resource, beyond: refused',
      { ceiling: 'a', catalog: null, requested: 'a b' },
      'invalid_scope',
    ],
    [
      'ceiling, no resource, prefix of a name: refused',
      { ceiling: 'ab', catalog: null, requested: 'a' },
      'invalid_scope',
    ],
    [
      'ceiling, no resource, blank request: as omitted',
      { ceiling: 'a', catalog: null, requested: ' \t' },
      ['a'],
    ],
    [
      'ceiling, catalog, omitted: what both hold',
      { ceiling: 'c a', catalog: ['b', 'c', 'a'], requested: null },
      ['a', 'c'],
    ],
    [
      'ceiling, catalog, omitted, nothing in both: refused',
      { ceiling: 'a', catalog: ['b'], requested: null },
      'invalid_scope',
    ],
    [
      'ceiling, catalog, within both: as asked',
      { ceiling: 'a b', catalog: ['b', 'c'], requested: 'b' },
      ['b'],
    ],
    [
      'ceiling, catalog, beyond the catalog: refused',
      { ceiling: 'a b', catalog: ['b'], requested: 'a' },
      'invalid_scope',
    ],
    [
      'ceiling, catalog, beyond the ceiling: refused',
      { ceiling: 'a', catalog: ['a', 'b'], requested: 'b' },
      'invalid_scope',
    ],
    [
      'ceiling, empty catalog, omitted: refused',
      { ceiling: 'a', catalog: [], requested: null },
      'invalid_scope',
    ],
    [
      'ceiling, empty catalog, asked: refused',
      { ceiling: 'a', catalog: [], requested: 'a' },
      'invalid_scope',
    ],
    [
      'no ceiling, no resource, omitted: a token without scope',
      { ceiling: '', catalog: null, requested: null },
      [],
    ],
    [
      'no ceiling, no resource, asked: refused',
      { ceiling: '', catalog: null, requested: 'a' },
      'invalid_scope',
    ],
    [
      'no ceiling, catalog, omitted: refused',
      { ceiling: '', catalog: ['a'], requested: null },
      'invalid_scope',
    ],
    [
      'no ceiling, catalog, asked: refused',
      { ceiling: '', catalog: ['a'], requested: 'a' },
      'invalid_scope',
    ],
    [
      'no ceiling, empty catalog, omitted: refused',
      { ceiling: '', catalog: [], requested: null },
      'invalid_scope',
    ],
  ]
  for (const [name, given, expected] of table) {
    test(name, () => {
      assert.deepEqual(decide(given), expected)
    })
  }
})

describe('the refusal', () => {
  const refusalOf = (
    client: TokenClient,
    resources: readonly TokenResource[],
    request: { scope: string | null; resource: string | null },
  ): OAuthErrorCode | null => {
    try {
      decideClientCredentials(client, resources, request)
      return null
    } catch (error) {
      return (error as OAuthError).code
    }
  }
  const bad = { scope: 'nope', resource: uri }

  test('of a client without the grant comes before all others', () => {
    const client = clientWith({ grantTypes: ['authorization_code'], dpopBoundAccessTokens: true })
    assert.equal(refusalOf(client, [], bad), 'unauthorized_client')
  })

  test('of an unknown resource comes before that of the scope', () => {
    assert.equal(refusalOf(clientWith({}), [], bad), 'invalid_target')
  })

  test('of an ambiguous resource is invalid_request', () => {
    const rows = [resourceWith(['a'], 'r1'), resourceWith(['a'], 'r2')]
    assert.equal(refusalOf(clientWith({}), rows, bad), 'invalid_request')
  })

  test('of a scope says whether the client has any at all', () => {
    const texts = ['', 'a'].map((scope) => {
      try {
        decideClientCredentials(clientWith({ scope }), [], { scope: 'b', resource: null })
        return ''
      } catch (error) {
        return (error as OAuthError).message
      }
    })

    assert.notEqual(texts[0], texts[1])
    for (const text of texts) assert.match(text, /^[ -~]+$/)
  })
})

test('the decision names the resource that was asked for, or none', () => {
  const row = resourceWith(['a'])
  const client = clientWith({ scope: 'a' })

  const bound = decideClientCredentials(client, [row], { scope: null, resource: uri })
  const unbound = decideClientCredentials(client, [], { scope: null, resource: null })

  assert.equal(bound.resource, row)
  assert.equal(unbound.resource, null)
})

const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'tools/echo', 'tools/*', '*', 'A')
const names = fc.uniqueArray(name)

test('property: what is granted lies within ceiling, catalog and request', () => {
  const given = fc.record({
    ceiling: names.map((set) => set.join(' ')),
    catalog: fc.option(names),
    requested: fc.option(fc.array(name).map((list) => list.join(' '))),
  })
  fc.assert(
    fc.property(given, (request) => {
      const granted = decide(request)
      if (typeof granted === 'string') return assert.equal(granted, 'invalid_scope')
      const ceiling = request.ceiling.split(' ')
      for (const scope of granted) {
        assert.ok(ceiling.includes(scope))
        assert.ok(request.catalog === null || request.catalog.includes(scope))
        if (request.requested !== null && request.requested !== '') {
          assert.ok(request.requested.split(' ').includes(scope))
        }
      }
      assert.deepEqual(granted, [...new Set(granted)].toSorted())
    }),
    { numRuns: 2000 },
  )
})
