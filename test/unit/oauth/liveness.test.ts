// What a token rests on (src/oauth/liveness.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GrantBasis, requireLive } from '../../../src/oauth/liveness.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { grantClient, grantResource } from '../../support/grant-records.ts'

const alive: GrantBasis = {
  client: grantClient(),
  user: { id: 'alice', status: 'active' },
  resource: grantResource,
  consent: { id: 'consent-1' },
}

function codeOf(change: Partial<GrantBasis>): string | null {
  try {
    requireLive({ ...alive, ...change })
    return null
  } catch (error) {
    assert.ok(error instanceof OAuthError)
    return error.code
  }
}

test('a grant goes on while everybody and everything is there', () => {
  assert.equal(codeOf({}), null)
})

test('a grant of a client for itself needs neither user nor consent', () => {
  assert.equal(codeOf({ user: 'not-needed', resource: 'not-needed', consent: 'not-needed' }), null)
})

for (const status of ['suspended', 'revoked'] as const) {
  test(`a ${status} client is refused`, () => {
    assert.equal(codeOf({ client: grantClient({ status }) }), 'invalid_client')
  })
}

test('a disabled user is refused', () => {
  assert.equal(codeOf({ user: { id: 'alice', status: 'disabled' } }), 'invalid_grant')
})

test('a deleted user is refused', () => {
  assert.equal(codeOf({ user: null }), 'invalid_grant')
})

test('a resource that is no longer registered is refused', () => {
  assert.equal(codeOf({ resource: null }), 'invalid_target')
})

test('a revoked consent is refused', () => {
  assert.equal(codeOf({ consent: null }), 'invalid_grant')
})
