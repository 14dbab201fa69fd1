// JSON objects of signed messages (src/oauth/strict-json.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseStrictObject } from '../../../src/oauth/strict-json.ts'

const parse = (text: string) => parseStrictObject(Buffer.from(text, 'utf8'))

test('an object is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const text = JSON.stringify(object)
      assert.deepEqual(parse(text), JSON.parse(text))
    }),
  )
})

describe('is refused:', () => {
  for (const [name, text] of [
    ['a name twice', '{"a":1,"a":2}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice in an inner object', '{"a":{"b":1,"b":1}}'],
    ['a name twice in an object of a list', '{"a":[{"b":1 , "c":2 , "b" :3}]}'],
    ['a name twice, after an inner object', '{"a":{"b":1},"a":1}'],
    ['a list', '[1]'],
    ['a text', '"a"'],
    ['null', 'null'],
    ['nothing', ''],
    ['half an object', '{"a":1'],
    ['something behind an object', '{"a":1}{}'],
  ] as const) {
    test(name, () => assert.equal(parse(text), null))
  }

  test('bytes that are no UTF-8', () => {
    assert.equal(parseStrictObject(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), null)
  })

  test('a mark of byte order', () => {
    assert.equal(parse('\ufeff{"a":1}'), null)
  })
})

describe('is read:', () => {
  for (const [name, text] of [
    ['one name in two objects', '{"a":{"b":1},"c":{"b":1}}'],
    ['a value like a name', '{"a":"b","b":"a"}'],
    ['braces, colons and quotes in texts', '{"a":"{\\"a\\":1}","b":"}"}'],
    ['a name inside an object of the same name', '{"a":{"a":{"a":1}}}'],
  ] as const) {
    test(name, () => assert.deepEqual(parse(text), JSON.parse(text)))
  }

  test('__proto__ as a member like any other', () => {
    assert.ok(Object.hasOwn(parse('{"__proto__":1}') ?? {}, '__proto__'))
  })
})
