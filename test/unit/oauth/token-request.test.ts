// Reading of a token call (src/oauth/token-request.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTokenCall } from '../../../src/oauth/token-request.ts'

const caller = { ip: '192.0.2.1', trace: null, requestId: 'r1' }
const rest = { authorization: 'Basic YTpi', proof: null, caller }

test('the grant type is that of the form', () => {
  const form = new Map([['grant_type', 'client_credentials']])

  assert.deepEqual(readTokenCall(form, rest), {
    grantType: 'client_credentials',
    form,
    authorization: 'Basic YTpi',
    proof: null,
    caller,
  })
})

test('a form without grant type has none', () => {
  assert.equal(readTokenCall(new Map(), rest).grantType, null)
})
