// Success body of the token endpoint (src/oauth/token-response.ts, spec 01 §10.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearerTokenResponse } from '../../../src/oauth/token-response.ts'

test('a token with scope says so', () => {
  assert.deepEqual(bearerTokenResponse('jwt', 3600, 'a b'), {
    access_token: 'jwt',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'a b',
  })
})

test('a token without scope has no such member', () => {
  assert.deepEqual(Object.keys(bearerTokenResponse('jwt', 3600, '')), [
    'access_token',
    'token_type',
    'expires_in',
  ])
})
