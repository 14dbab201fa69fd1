// The check of one of our own access tokens (src/oauth/access-token-check.ts, spec 02 §2.4).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { acceptClaims, readUnverifiedToken } from '../../../src/oauth/access-token-check.ts'

const now = 1_780_000_000
const expected = { issuer: 'https://auth.test', nowSeconds: now, skewSeconds: 30 }
const header = { typ: 'at+jwt', alg: 'ES256', kid: 'k1' }
const claims = {
  iss: 'https://auth.test',
  sub: 'alice',
  aud: ['https://mcp1.test/mcp'],
  client_id: 'app',
  scope: 'read write',
  jti: 'j-1',
  iat: now - 10,
  nbf: now - 10,
  exp: now + 890,
}

type Members = Readonly<Record<string, unknown>>
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const tokenOf = (head: Members, body: Members): string => `${part(head)}.${part(body)}.c2ln`
const read = (change: Members, head: Members = {}) =>
  readUnverifiedToken(tokenOf({ ...header, ...head }, { ...claims, ...change }))

function accept(change: Members) {
  const token = read(change)
  assert.ok(token !== null)
  return acceptClaims(token, expected)
}

test('a token of ours says who, for whom, where and how long', () => {
  const token = read({ cnf: { jkt: 'thumb' } })

  assert.ok(token !== null)
  assert.deepEqual([token.algorithm, token.kid], ['ES256', 'k1'])
  assert.deepEqual(acceptClaims(token, expected), {
    jti: 'j-1',
    clientId: 'app',
    subject: 'alice',
    audience: 'https://mcp1.test/mcp',
    issuer: 'https://auth.test',
    scope: 'read write',
    issuedAt: now - 10,
    expiresAt: now + 890,
    jkt: 'thumb',
  })
})

test('a token without scope and key has neither', () => {
  const found = accept({ scope: undefined })

  assert.deepEqual([found?.scope, found?.jkt], ['', null])
})

test('what stands in the token is known before it is believed', () => {
  const token = read({ iss: 'https://evil.test', exp: 1 })

  assert.deepEqual(token?.identity, {
    jti: 'j-1',
    clientId: 'app',
    subject: 'alice',
    audience: 'https://mcp1.test/mcp',
  })
})

describe('is no token of ours', () => {
  const twice = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k","alg":"ES256"}').toString(
    'base64url',
  )
  const heads: readonly (readonly [string, Members])[] = [
    ['with alg none', { alg: 'none' }],
    ['with a symmetric algorithm', { alg: 'HS256' }],
    ['with an algorithm that our keys do not have', { alg: 'PS256' }],
    ['of another type', { typ: 'JWT' }],
    ['of our type in other letters', { typ: 'AT+JWT' }],
    ['without a type', { typ: undefined }],
    ['without a key id', { kid: undefined }],
    ['with an empty key id', { kid: '' }],
    ['with a key id that is no text', { kid: 7 }],
    ['with extensions that must be understood', { crit: ['exp'] }],
  ]
  for (const [what, head] of heads) {
    test(what, () => assert.equal(read({}, head), null))
  }

  for (const [what, text] of [
    ['an empty text', ''],
    ['an opaque text', 'c2VjcmV0LXJlZnJlc2gtdG9rZW4'],
    ['two parts', 'a.b'],
    ['a header that is no JSON', `${part('x').slice(1)}.${part(claims)}.c2ln`],
    ['claims that are a list', `${part(header)}.${part([])}.c2ln`],
    ['a header that names its algorithm twice', `${twice}.${part(claims)}.c2ln`],
  ] as const) {
    test(what, () => assert.equal(readUnverifiedToken(text), null))
  }

  test('one that is longer than any of ours', () => {
    const long = tokenOf(header, { ...claims, scope: 'x'.repeat(limits.ownTokenCharactersMax) })

    assert.equal(readUnverifiedToken(long), null)
  })
})

describe('claims are refused', () => {
  const cases: readonly (readonly [string, Members])[] = [
    ['of another issuer', { iss: 'https://auth.test/' }],
    ['without issuer', { iss: undefined }],
    ['without expiry', { exp: undefined }],
    ['with an expiry of zero', { exp: 0 }],
    ['with an expiry in text', { exp: String(now + 100) }],
    ['without time of issue', { iat: undefined }],
    ['with a time of issue of zero', { iat: 0 }],
    ['without id', { jti: '' }],
    ['without subject', { sub: undefined }],
    ['without client', { client_id: undefined }],
    ['without audience', { aud: undefined }],
    ['with an audience outside of a list', { aud: 'https://mcp1.test/mcp' }],
    ['with two audiences', { aud: ['https://mcp1.test/mcp', 'https://mcp2.test/mcp'] }],
    ['with an empty audience', { aud: [''] }],
  ]
  for (const [what, change] of cases) {
    test(what, () => assert.equal(accept(change), null))
  }
})

describe('clocks may differ by the skew and no more', () => {
  const cases: readonly (readonly [string, Members, boolean])[] = [
    ['expired 29 s ago', { exp: now - 29 }, true],
    ['expired 30 s ago', { exp: now - 30 }, false],
    ['valid in 30 s', { nbf: now + 30 }, true],
    ['valid in 31 s', { nbf: now + 31 }, false],
    ['issued in 30 s', { iat: now + 30 }, true],
    ['issued in 31 s', { iat: now + 31 }, false],
    ['without nbf', { nbf: undefined }, true],
  ]
  for (const [what, change, isAccepted] of cases) {
    test(`${what} is ${isAccepted ? 'accepted' : 'refused'}`, () => {
      assert.equal(accept(change) !== null, isAccepted)
    })
  }
})
