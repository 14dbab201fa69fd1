// Keys that clients prove (src/oauth/jwk.ts, RFC 7517, 7518, 7638, spec 02 §6.2).
import assert from 'node:assert/strict'
import type { webcrypto } from 'node:crypto'
import { describe, test } from 'node:test'
import { calculateJwkThumbprint } from 'jose'
import { type ProofAlgorithm, readPublicKey, thumbprintOf } from '../../../src/oauth/jwk.ts'
import { makeOtherKey, makeProofKey } from '../../support/dpop-client.ts'

const { jwk: ec } = makeProofKey()
const { jwk: rsa } = makeOtherKey('RS256', { bits: 2048 })

const numberOf = (bytes: readonly number[]): string => Buffer.from(bytes).toString('base64url')
/** An odd modulus of exactly this many bits; nobody knows its factors, and nobody needs them. */
const modulus = (bits: number): string =>
  numberOf([2 ** ((bits - 1) % 8), ...new Array(Math.ceil(bits / 8) - 2).fill(0), 1])

describe('the thumbprint', () => {
  test('is that of the example in RFC 7638 §3.1', () => {
    const n = [
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc',
      '_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQ',
      'R0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF',
      'TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    ].join('')
    const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
    const key = readPublicKey(jwk, 'RS256')
    assert.ok(key !== null)

    assert.equal(thumbprintOf(key), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  for (const [algorithm, jwk] of [
    ['ES256', ec],
    ['RS256', rsa],
    ['PS256', rsa],
  ] as const) {
    test(`for ${algorithm} is the same in any order and beside other members`, async () => {
      const turned = Object.fromEntries(Object.entries(jwk).toReversed())
      const more = { use: 'sig', alg: algorithm, kid: 'k', key_ops: ['verify'], x5u: 'https://a' }
      const key = readPublicKey({ ...more, ...turned }, algorithm)
      assert.ok(key !== null)

      assert.equal(thumbprintOf(key), await calculateJwkThumbprint(jwk))
    })
  }
})

describe('is refused for ES256:', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['no key', undefined],
    ['null', null],
    ['a text', 'key'],
    ['a list', [ec]],
    ['an empty object', {}],
    ['another curve', { ...ec, crv: 'P-384' }],
    ['secp256k1', { ...ec, crv: 'secp256k1' }],
    ['another type', { ...ec, kty: 'OKP' }],
    ['a type in other case', { ...ec, kty: 'ec' }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['no y', { ...ec, y: undefined }],
    ['an x that is no text', { ...ec, x: 1 }],
    ['an x in standard base64', { ...ec, x: '+'.repeat(43) }],
    ['an x with padding', { ...ec, x: `${ec.x}=` }],
    ['a short x', { ...ec, x: numberOf(new Array(31).fill(1)) }],
    ['a long x', { ...ec, x: numberOf(new Array(33).fill(1)) }],
    ['the empty point', { ...ec, x: '', y: '' }],
    ['an RSA key', rsa],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map(
      (name) => [`the private member ${name}`, { ...ec, [name]: 'AA' }] as const,
    ),
  ]
  for (const [name, jwk] of cases) {
    test(name, () => assert.equal(readPublicKey(jwk, 'ES256'), null))
  }

  test('members that are only inherited', () => {
    assert.equal(readPublicKey(Object.create(ec), 'ES256'), null)
  })
})

describe('of RSA keys', () => {
  const read = (change: webcrypto.JsonWebKey, algorithm: ProofAlgorithm = 'RS256') =>
    readPublicKey({ ...rsa, ...change }, algorithm)

  for (const bits of [2048, 2049, 3072, 4096, 8192]) {
    test(`a modulus of ${bits} bits is taken`, () => {
      assert.notEqual(read({ n: modulus(bits) }), null)
    })
  }
  for (const bits of [1024, 2047, 8193, 16_384]) {
    test(`a modulus of ${bits} bits is refused`, () => {
      assert.equal(read({ n: modulus(bits) }), null)
      assert.equal(read({ n: modulus(bits) }, 'PS256'), null)
    })
  }
  for (const [name, change] of [
    ['a modulus with leading zeros', { n: numberOf([0, ...new Array(256).fill(255)]) }],
    ['an even modulus', { n: numberOf([128, ...new Array(255).fill(0)]) }],
    ['no exponent', { e: '' }],
    ['the exponent 1', { e: numberOf([1]) }],
    ['the exponent 0', { e: numberOf([0]) }],
    ['an even exponent', { e: numberOf([4]) }],
    ['an exponent with leading zeros', { e: numberOf([0, 1, 0, 1]) }],
    ['an exponent of five bytes', { e: numberOf([1, 0, 0, 0, 1]) }],
    ['a private exponent', { d: 'AA' }],
    ['another type', { kty: 'EC' }],
  ] as const) {
    test(`${name} is refused`, () => assert.equal(read(change), null))
  }

  test('the exponent 3 is taken', () => {
    assert.notEqual(read({ e: numberOf([3]) }), null)
  })

  test('an EC key is refused', () => {
    assert.equal(readPublicKey(ec, 'RS256'), null)
  })
})
