// The compact form of a signed message (src/oauth/compact-jws.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64url, decodeJsonPart, splitCompactJws } from '../../../src/oauth/compact-jws.ts'

test('three parts are told apart, and two of them are what is signed', () => {
  assert.deepEqual(splitCompactJws('aa.b-_.c', 100), {
    header: 'aa',
    payload: 'b-_',
    signature: 'c',
    signingInput: 'aa.b-_',
  })
})

describe('is no compact form:', () => {
  for (const text of [
    '',
    'a',
    'a.b',
    'a.b.',
    '.b.c',
    'a..c',
    'a.b.c.d',
    'a.b.c.d.e',
    ' a.b.c',
    'a.b.c\n',
    'a.b=.c',
    'a.b+.c',
    'a.b/.c',
    'a.b,a.b.c',
    'ä.b.c',
    '{"payload":"a","signatures":[]}',
  ]) {
    test(JSON.stringify(text), () => assert.equal(splitCompactJws(text, 100), null))
  }
})

test('a text beyond the bound is not looked at', () => {
  assert.notEqual(splitCompactJws('aaaa.b.c', 8), null)
  assert.equal(splitCompactJws('aaaaa.b.c', 8), null)
})

test('any text is split without repair, or not at all', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '_', '-', '.', '=', ' ') }), (text) => {
      const jws = splitCompactJws(text, 100)
      if (jws !== null) assert.equal(`${jws.header}.${jws.payload}.${jws.signature}`, text)
    }),
  )
})

test('bytes have one spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString('base64url')
      assert.deepEqual(decodeBase64url(text), Buffer.from(bytes))
    }),
  )
  for (const other of ['AB', 'AAB', 'A', 'AA==', 'A A', 'A+', '+/', 'AAAA\n']) {
    assert.equal(decodeBase64url(other), null, other)
  }
})

describe('a part holds', () => {
  const partOf = (text: string): string => Buffer.from(text, 'utf8').toString('base64url')

  test('its JSON object', () => {
    assert.deepEqual(decodeJsonPart(partOf('{"a":{"b":1},"c":[{"b":2}]}')), {
      a: { b: 1 },
      c: [{ b: 2 }],
    })
  })

  for (const text of [
    '',
    '[]',
    '"a"',
    'null',
    '{"a":1,"a":2}',
    '{"a":1}{}',
    '{"a":1',
    '\ufeff{}',
  ]) {
    test(`nothing when it is ${JSON.stringify(text)}`, () => {
      assert.equal(decodeJsonPart(partOf(text)), null)
    })
  }

  test('nothing when it is no base64url', () => {
    for (const part of ['A', 'AB', 'e30=', 'e3 0']) assert.equal(decodeJsonPart(part), null)
  })
})
