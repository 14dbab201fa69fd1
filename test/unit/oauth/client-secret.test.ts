// Stored forms of client secrets (src/oauth/client-secret.ts, decision B9, spec 09 CA-12).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashClientSecret, matchesClientSecret } from '../../../src/oauth/client-secret.ts'

const pepper = createSecretKey(Buffer.from('pepper-of-this-test'))
const otherPepper = createSecretKey(Buffer.from('pepper-of-another'))

// Computed with: printf %s abc | openssl dgst -sha256 [-hmac pepper-of-this-test] -binary | base64
const plainOfAbc = 's256$ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0'

test('a secret without pepper is stored as its SHA-256 in unpadded base64', () => {
  assert.equal(hashClientSecret('abc', null), plainOfAbc)
})

test('a secret with pepper is stored as its HMAC-SHA256 in unpadded base64', () => {
  assert.match(hashClientSecret('abc', pepper), /^hs256\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(hashClientSecret('abc', pepper), hashClientSecret('abc', otherPepper))
})

test('a plain hash still matches after a pepper was configured', () => {
  assert.equal(matchesClientSecret('abc', plainOfAbc, pepper), true)
})

test('a keyed hash never matches without a pepper', () => {
  assert.equal(matchesClientSecret('abc', hashClientSecret('abc', pepper), null), false)
})

test('a keyed hash never matches under another pepper', () => {
  assert.equal(matchesClientSecret('abc', hashClientSecret('abc', pepper), otherPepper), false)
})

test('an empty stored hash matches nothing', () => {
  for (const presented of ['', 'abc']) {
    assert.equal(matchesClientSecret(presented, '', null), false)
    assert.equal(matchesClientSecret(presented, '', pepper), false)
  }
})

test('the stored form itself is not the secret', () => {
  for (const stored of [plainOfAbc, hashClientSecret('abc', pepper)]) {
    assert.equal(matchesClientSecret(stored, stored, pepper), false)
  }
})

test('an unknown stored form matches nothing', () => {
  for (const stored of ['abc', 's256$', 'hs256$', '$2b$12$abc', 'md5$abc', plainOfAbc.slice(5)]) {
    assert.equal(matchesClientSecret('abc', stored, null), false, stored)
    assert.equal(matchesClientSecret('abc', stored, pepper), false, stored)
  }
})

test('a secret is not cut at 72 bytes', () => {
  const secret = 'x'.repeat(72)
  const stored = hashClientSecret(secret, null)

  assert.equal(matchesClientSecret(secret, stored, null), true)
  assert.equal(matchesClientSecret(`${secret}y`, stored, null), false)
})

test('property: a secret matches its own hash and no other secret does', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.boolean(), (secret, other, isKeyed) => {
      const key = isKeyed ? pepper : null
      const stored = hashClientSecret(secret, key)
      assert.equal(matchesClientSecret(secret, stored, key), true)
      assert.equal(matchesClientSecret(other, stored, key), secret === other)
    }),
  )
})
