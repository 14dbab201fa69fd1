// Shape and claims of a proof (src/oauth/dpop-proof.ts, RFC 9449 §4.3, spec 02 §6.2).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type ProofExpectation,
  readProofClaims,
  readProofHeader,
} from '../../../src/oauth/dpop-proof.ts'
import { encode, type Members, makeOtherKey, makeProofKey } from '../../support/dpop-client.ts'

const { jwk } = makeProofKey()
const { jwk: rsa } = makeOtherKey('RS256', { bits: 2048 })
const url = 'https://auth.test/oauth/token'
const nowMs = 1_700_000_000_500
const nowSeconds = 1_700_000_000

const headerOf = (change: Members) =>
  readProofHeader(encode(JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...change })))

const expectation: ProofExpectation = {
  method: 'POST',
  targets: [url],
  accessTokenHash: null,
  nowMs,
  proofLifeMs: 60_000,
  clockSkewMs: 30_000,
}

const claims = { jti: 'one', htm: 'POST', htu: url, iat: nowSeconds }
const claimsOf = (change: Members, expected: Partial<ProofExpectation> = {}) =>
  readProofClaims(encode(JSON.stringify({ ...claims, ...change })), { ...expectation, ...expected })

describe('a header', () => {
  test('gives algorithm and key', () => {
    assert.equal(headerOf({})?.algorithm, 'ES256')
    assert.equal(headerOf({})?.key.kty, 'EC')
    assert.equal(headerOf({ alg: 'RS256', jwk: rsa })?.key.kty, 'RSA')
    assert.equal(headerOf({ alg: 'PS256', jwk: rsa })?.algorithm, 'PS256')
  })

  for (const typ of ['DPOP+JWT', 'dpop+JWT']) {
    test(`may write its type ${typ}`, () => assert.notEqual(headerOf({ typ }), null))
  }

  test('may refer to other keys, which are not looked at', () => {
    const change = { kid: 'k', jku: 'https://evil.test', x5u: 'https://evil.test', x5c: ['AA'] }
    assert.deepEqual(headerOf(change), headerOf({}))
  })

  for (const alg of [
    undefined,
    null,
    '',
    'none',
    'None',
    'NONE',
    'HS256',
    'HS512',
    'ES384',
    'ES512',
    'ES256K',
    'RS384',
    'RS512',
    'PS512',
    'EdDSA',
    'Ed25519',
    'es256',
    'RS256',
    256,
    ['ES256'],
    { toString: 'ES256' },
    true,
    'toString',
    '__proto__',
  ]) {
    test(`of an EC key is refused with the algorithm ${JSON.stringify(alg)}`, () => {
      assert.equal(headerOf({ alg }), null)
    })
  }

  for (const typ of [
    undefined,
    null,
    '',
    'JWT',
    'at+jwt',
    'application/dpop+jwt',
    1,
    ['dpop+jwt'],
  ]) {
    test(`is refused with the type ${JSON.stringify(typ)}`, () => {
      assert.equal(headerOf({ typ }), null)
    })
  }

  test('is refused without a key', () => assert.equal(headerOf({ jwk: undefined }), null))
  test('is refused with a private key', () => {
    assert.equal(headerOf({ jwk: { ...jwk, d: 'AA' } }), null)
  })
  test('is refused with critical extensions', () => {
    assert.equal(headerOf({ crit: ['b64'], b64: false }), null)
    assert.equal(headerOf({ crit: [] }), null)
  })

  test('is refused when a name comes twice', () => {
    const text = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    assert.notEqual(readProofHeader(encode(text)), null)
    assert.equal(readProofHeader(encode(text.replace('{', '{"jwk":{},'))), null)
    assert.equal(readProofHeader(encode(text.replace('{', '{"alg":"none",'))), null)
  })
})

describe('claims', () => {
  test('that fit give id and nonce', () => {
    assert.deepEqual(claimsOf({}), { jti: 'one', nonce: null })
    assert.deepEqual(claimsOf({ nonce: 'n' }), { jti: 'one', nonce: 'n' })
    assert.deepEqual(claimsOf({ nonce: 1 }), { jti: 'one', nonce: null })
  })

  for (const htm of ['post', 'Post']) {
    test(`may write the method ${htm}`, () => assert.notEqual(claimsOf({ htm }), null))
  }
  for (const [name, values] of Object.entries({
    jti: [undefined, null, '', 1, ['one'], '\ud800', 'x'.repeat(257)],
    htm: [undefined, null, '', 'GET', 'POST ', 1, ['POST']],
    htu: [undefined, null, '', 'https://evil.test/oauth/token', 1, [url]],
    iat: [undefined, null, '', String(nowSeconds), Number.MAX_VALUE, [nowSeconds], true],
    exp: [nowSeconds - 31, null, 'never', String(nowSeconds + 60)],
    nbf: [nowSeconds + 31, null, 'now'],
  })) {
    for (const value of values) {
      test(`are refused when ${name} is ${JSON.stringify(value)?.slice(0, 40)}`, () => {
        assert.equal(claimsOf({ [name]: value }), null)
      })
    }
  }

  test('may have an id of 256 characters', () => {
    assert.equal(claimsOf({ jti: 'x'.repeat(256) })?.jti.length, 256)
  })

  for (const [offset, isTaken] of [
    [-60.5, false],
    [-59.5, true],
    [-10, true],
    [10, true],
    [60.5, true],
    [60.6, false],
    [-3600, false],
    [3600, false],
  ] as const) {
    test(`made ${offset} s from now are ${isTaken ? 'taken' : 'refused'}`, () => {
      assert.equal(claimsOf({ iat: nowSeconds + offset }) !== null, isTaken)
    })
  }

  test('may expire and begin within the skew of clocks', () => {
    assert.notEqual(claimsOf({ exp: nowSeconds - 29, nbf: nowSeconds + 29 }), null)
    assert.equal(claimsOf({ exp: nowSeconds }, { clockSkewMs: 0 }), null)
    assert.equal(claimsOf({ nbf: nowSeconds + 1 }, { clockSkewMs: 0 }), null)
  })

  test('must name the access token beside them, if there is one', () => {
    const expected = { accessTokenHash: 'hash' }
    assert.notEqual(claimsOf({ ath: 'hash' }, expected), null)
    assert.equal(claimsOf({ ath: 'other' }, expected), null)
    assert.equal(claimsOf({}, expected), null)
    assert.notEqual(claimsOf({ ath: 'ignored' }), null)
  })

  test('are refused when a name comes twice', () => {
    const text = JSON.stringify(claims)
    const twice = text.replace('{', '{"htm":"GET",')
    assert.equal(readProofClaims(encode(twice), expectation), null)
  })

  test('are not inherited', () => {
    const text = '{"__proto__":{"jti":"a","htm":"POST"},"iat":1700000000}'
    assert.equal(readProofClaims(encode(text), expectation), null)
  })
})

test('whatever a part holds, it is read or refused', () => {
  const part = fc.oneof(
    fc.string().map(encode),
    fc.json().map(encode),
    fc.string(),
    fc
      .record({ alg: fc.jsonValue(), typ: fc.jsonValue(), jwk: fc.jsonValue() })
      .map((value) => encode(JSON.stringify(value))),
  )
  fc.assert(
    fc.property(part, (text) => {
      assert.equal(readProofHeader(text), null)
      assert.equal(readProofClaims(text, expectation), null)
    }),
  )
})

test('claims with any one member of another type are refused', () => {
  const names = fc.constantFrom('jti', 'htm', 'htu', 'iat')
  fc.assert(
    fc.property(names, fc.jsonValue(), (name, value) => {
      fc.pre(typeof value !== (name === 'iat' ? 'number' : 'string'))
      assert.equal(claimsOf({ [name]: value }), null)
    }),
  )
})
