// The resource of a token request for an authorization (src/oauth/bound-resource.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireBoundResource } from '../../../src/oauth/bound-resource.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { grantResource } from '../../support/grant-records.ts'

const bound = grantResource.uri
const isRefused = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_target'

test('none need be named', () => {
  requireBoundResource(bound, null, [])
  requireBoundResource('', null, [])
})

test('the one of the authorization may be named, also in another spelling', () => {
  requireBoundResource(bound, bound, [])
  requireBoundResource(bound, bound.replace('https://mcp.test', 'HTTPS://MCP.TEST:443'), [])
})

test('a name that denotes the same row, and no other, may stand for it', () => {
  const another = { ...grantResource, id: 'resource-2' }

  requireBoundResource(bound, 'notes', [grantResource])
  assert.throws(() => requireBoundResource(bound, 'notes', [grantResource, another]), isRefused)
})

test('anything else is refused', () => {
  const other = { ...grantResource, uri: 'https://other.test' }

  assert.throws(() => requireBoundResource(bound, 'https://other.test', [other]), isRefused)
  assert.throws(() => requireBoundResource(bound, 'no uri', []), isRefused)
  assert.throws(() => requireBoundResource('', bound, [grantResource]), isRefused)
})
