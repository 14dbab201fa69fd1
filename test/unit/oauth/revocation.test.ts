// What a presented token revokes (src/oauth/revocation.ts, spec 01 §14).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OwnTokenClaims } from '../../../src/oauth/access-token-check.ts'
import { decideRevocation } from '../../../src/oauth/revocation.ts'
import { grantFamily } from '../../support/grant-records.ts'

const family = grantFamily()
const claims: OwnTokenClaims = {
  jti: 'j-1',
  clientId: 'app',
  subject: 'alice',
  audience: 'https://mcp.test/mcp',
  issuer: 'https://auth.test',
  scope: '',
  issuedAt: 1,
  expiresAt: 2,
  jkt: null,
}

test('a refresh token revokes its family', () => {
  const decision = decideRevocation('app', { family, claims: null })

  assert.deepEqual(decision, { kind: 'family', family })
})

test('an access token revokes itself', () => {
  const decision = decideRevocation('app', { family: null, claims })

  assert.deepEqual(decision, { kind: 'access-token', claims, isMachine: false })
})

test('a token whose subject is its client is a machine token', () => {
  const machine = { ...claims, subject: 'app' }

  const decision = decideRevocation('app', { family: null, claims: machine })

  assert.deepEqual(decision, { kind: 'access-token', claims: machine, isMachine: true })
})

for (const [what, presented] of [
  ['a refresh token', { family, claims: null }],
  ['an access token', { family: null, claims }],
] as const) {
  test(`${what} of another client revokes nothing`, () => {
    const decision = decideRevocation('other', presented)

    assert.deepEqual(decision, { kind: 'nothing', isForeign: true })
  })
}

test('what is no token of ours revokes nothing', () => {
  const decision = decideRevocation('app', { family: null, claims: null })

  assert.deepEqual(decision, { kind: 'nothing', isForeign: false })
})
