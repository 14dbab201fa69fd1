// Success body of the token endpoint (src/oauth/token-response.ts, spec 01 §10.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenResponse } from '../../../src/oauth/token-response.ts'

test('a token with scope says so', () => {
  assert.deepEqual(tokenResponse('jwt', { iat: 100, exp: 3700, scope: 'a b' }, null), {
    access_token: 'jwt',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'a b',
  })
})

test('a token without scope has no such member', () => {
  assert.deepEqual(Object.keys(tokenResponse('jwt', { iat: 100, exp: 3700 }, null)), [
    'access_token',
    'token_type',
    'expires_in',
  ])
})

test('a token that is bound to a key is used with DPoP', () => {
  const claims = { iat: 100, exp: 3700, cnf: { jkt: 'thumbprint' } }

  assert.equal(tokenResponse('jwt', claims, null).token_type, 'DPoP')
})

test('a refresh token comes along when there is one', () => {
  assert.equal(tokenResponse('jwt', { iat: 1, exp: 2 }, 'refresh').refresh_token, 'refresh')
})
