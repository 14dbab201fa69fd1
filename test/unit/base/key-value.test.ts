// Pairs that cannot be taken for other pairs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyValue } from '../../../src/base/key-value.ts'

const cases: readonly (readonly [value: string, written: string])[] = [
  ['', 'k='],
  ['plain', 'k=plain'],
  ['https://a.test/?x=y', 'k=https://a.test/?x=y'],
  ['two words', 'k="two words"'],
  ['a status=revoked', 'k="a status=revoked"'],
  ['say "hi"', 'k="say \\"hi\\""'],
  ['a\nid=b', 'k="a\\nid=b"'],
  ['\u001b[2J', 'k="\\u001b[2J"'],
  ['a\u202eb', 'k="a\\u202eb"'],
  ['a\u0085b', 'k="a\\u0085b"'],
  ['a\u{e0001}b', 'k="a\\udb40\\udc01b"'],
]

for (const [value, written] of cases) {
  test(`writes ${JSON.stringify(value)} as ${JSON.stringify(written)}`, () => {
    assert.equal(keyValue('k', value), written)
  })
}
