// PKCE (src/oauth/pkce.ts, RFC 7636 §4.1, §4.6).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Base64url } from '../../../src/base/hash.ts'
import { provesChallenge } from '../../../src/oauth/pkce.ts'

test('the verifier of RFC 7636 appendix B proves its challenge', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

  assert.ok(provesChallenge(verifier, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'))
})

test('another verifier proves nothing', () => {
  assert.equal(provesChallenge('a'.repeat(43), sha256Base64url('b'.repeat(43))), false)
})

for (const [what, verifier] of [
  ['42 characters', 'a'.repeat(42)],
  ['129 characters', 'a'.repeat(129)],
  ['a character outside the set', `${'a'.repeat(42)}+`],
  ['nothing', ''],
] as const) {
  test(`a verifier of ${what} proves nothing, although the challenge was made of it`, () => {
    assert.equal(provesChallenge(verifier, sha256Base64url(verifier)), false)
  })
}

test('a challenge that is the verifier itself (method plain) is not proved by it', () => {
  assert.equal(provesChallenge('a'.repeat(43), 'a'.repeat(43)), false)
})
