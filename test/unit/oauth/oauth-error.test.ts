// Codes and their status (src/oauth/oauth-error.ts, spec 01 §10.2).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  OAuthError,
  type OAuthErrorCode,
  oauthErrorStatus,
} from '../../../src/oauth/oauth-error.ts'

const statuses: Readonly<Record<OAuthErrorCode, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  access_denied: 403,
  slow_down: 429,
  server_error: 500,
  temporarily_unavailable: 503,
}

for (const [code, status] of Object.entries(statuses)) {
  test(`${code} is answered with ${status}`, () => {
    assert.equal(new OAuthError(code as OAuthErrorCode, 'text').status, status)
  })
}

test('there are no other codes', () => {
  assert.deepEqual(oauthErrorStatus, statuses)
})

test('an error carries its code, its text and a status of its own when given one', () => {
  const error = new OAuthError('invalid_request', 'encoded', { status: 415 })

  assert.equal(error.code, 'invalid_request')
  assert.equal(error.message, 'encoded')
  assert.equal(error.status, 415)
  assert.equal(error.name, 'OAuthError')
})
