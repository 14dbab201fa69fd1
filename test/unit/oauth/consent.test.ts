// What an earlier yes covers, and what a yes may say (spec 01 §8; CS-05, CS-09, CS-10, CM-23).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  askedScopes,
  canReuseConsent,
  decideApproval,
  isCovered,
  type PendingRead,
  requirePending,
} from '../../../src/oauth/consent.ts'
import { PageRefusal, type PageRefusalReason } from '../../../src/oauth/page-refusal.ts'
import type { Client } from '../../../src/records/client.ts'
import type { ConsentGrant } from '../../../src/records/consent-grant.ts'
import { client, resource } from '../../storage/records.ts'
import { grantAuthorization, grantNowMs } from '../../support/grant-records.ts'

const callback = 'https://app.test/callback'
const loopback = 'http://127.0.0.1:5000/cb'
const app = (change: Partial<Client>): Client =>
  client({ redirectUris: [callback, loopback, 'cursor://auth/cb'], ...change })
const consent: ConsentGrant = {
  id: 'consent',
  userId: 'alice',
  clientId: 'app',
  resourceId: 'resource-1',
  scopes: ['read', 'write'],
  createdAtMs: 1,
  updatedAtMs: 1000,
  revokedAtMs: null,
}
const reuse = (change: Partial<Client>, redirectUri: string, reconsentsNative = true) => ({
  client: app({ registrationSource: 'dcr', updatedAtMs: 1, ...change }),
  redirectUri,
  reconsentsNative,
})

describe('a stored consent', () => {
  test('covers what was allowed, and no more', () => {
    const of = reuse({}, callback)
    assert.equal(isCovered('read', consent, of), true)
    assert.equal(isCovered('write read', consent, of), true)
    assert.equal(isCovered('read admin', consent, of), false)
    assert.equal(isCovered('read', null, of), false)
  })

  test('is no answer to a program on the own computer, unless an administrator vouches', () => {
    for (const uri of [loopback, 'cursor://auth/cb', 'https://localhost:1/cb']) {
      assert.equal(canReuseConsent(reuse({}, uri)), false, uri)
      assert.equal(canReuseConsent(reuse({ registrationSource: 'cimd' }, uri)), false, uri)
      assert.equal(canReuseConsent(reuse({ registrationSource: 'admin' }, uri)), true, uri)
      assert.equal(canReuseConsent(reuse({}, uri, false)), true, uri)
    }
    assert.equal(canReuseConsent(reuse({}, callback)), true)
  })

  test('is older than what the document of a client says now: asked again', () => {
    const changed = { registrationSource: 'cimd', updatedAtMs: 1001 } as const
    assert.equal(isCovered('read', consent, reuse(changed, callback)), false)
    const unchanged = { ...changed, updatedAtMs: 1000 }
    assert.equal(isCovered('read', consent, reuse(unchanged, callback)), true)
  })
})

const scopes = ['write', 'read', 'admin'].map((name) => ({
  name,
  description: `May ${name}`,
  upstream: '',
}))
const mcp = resource({ id: 'resource-1', uri: 'https://mcp.test/mcp', scopes })
const alice = { userId: 'alice', nowMs: grantNowMs }
const read = (change: Partial<PendingRead>): PendingRead => ({
  authorization: grantAuthorization({ codeHash: null }),
  client: app({}),
  resources: [mcp],
  ...change,
})
const isPage = (reason: PageRefusalReason) => (error: unknown) =>
  error instanceof PageRefusal && error.reason === reason

describe('a pending authorization', () => {
  test('is asked about in the order of the resource', () => {
    assert.deepEqual(askedScopes(requirePending(read({}), alice)), [
      { name: 'write', description: 'May write' },
      { name: 'read', description: 'May read' },
    ])
  })

  test('without a resource is asked about by bare names', () => {
    const authorization = grantAuthorization({ codeHash: null, resource: '' })
    const pending = requirePending(read({ authorization, resources: [] }), alice)
    assert.equal(pending.resource, null)
    assert.deepEqual(askedScopes(pending), [
      { name: 'read', description: '' },
      { name: 'write', description: '' },
    ])
  })

  const gone: readonly (readonly [why: string, over: Partial<PendingRead['authorization']>])[] = [
    ['answered', { codeHash: 'hash' }],
    ['spent', { codeHash: null, consumedAtMs: 1 }],
    ['expired', { codeHash: null, expiresAtMs: grantNowMs }],
    ['of another user', { codeHash: null, userId: 'bob' }],
    ['of nobody', { codeHash: null, userId: '' }],
  ]
  for (const [why, over] of gone) {
    test(`that is ${why} is over`, () => {
      const authorization = grantAuthorization(over ?? {})
      assert.throws(
        () => requirePending(read({ authorization }), alice),
        isPage('authorization-gone'),
      )
    })
  }

  test('of nobody is over for nobody too', () => {
    const authorization = grantAuthorization({ codeHash: null, userId: '' })
    const nobody = { userId: '', nowMs: grantNowMs }
    assert.throws(
      () => requirePending(read({ authorization }), nobody),
      isPage('authorization-gone'),
    )
  })

  test('ends when client, redirect URI or resource are gone', () => {
    const require = (change: Partial<PendingRead>) => () => requirePending(read(change), alice)
    assert.throws(require({ authorization: null }), isPage('authorization-gone'))
    assert.throws(require({ client: null }), isPage('unknown-client'))
    assert.throws(require({ client: app({ status: 'suspended' }) }), isPage('inactive-client'))
    assert.throws(require({ client: app({ redirectUris: [] }) }), isPage('redirect-uri'))
    assert.throws(require({ resources: [] }), isPage('unknown-resource'))
    assert.throws(require({ resources: [mcp, mcp] }), isPage('ambiguous-resource'))
  })
})

describe('a yes', () => {
  const pending = requirePending(read({}), alice)

  test('grants what is ticked, sorted', () => {
    assert.deepEqual(decideApproval(pending, ['write', 'read']), ['read', 'write'])
    assert.deepEqual(decideApproval(pending, ['write']), ['write'])
  })

  test('to nothing is no yes to everything', () => {
    assert.throws(() => decideApproval(pending, []), isPage('nothing-chosen'))
  })

  test('to what was not asked, or is no longer offered, grants nothing', () => {
    assert.throws(() => decideApproval(pending, ['read', 'admin']), isPage('scope-not-asked'))
    const shrunk = requirePending(read({ resources: [{ ...mcp, scopes: scopes.slice(1) }] }), alice)
    assert.throws(() => decideApproval(shrunk, ['write']), isPage('scope-not-asked'))
  })
})
