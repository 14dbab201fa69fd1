// JSON from outside (src/base/strict-json.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readStrictJson } from '../../../src/base/strict-json.ts'

const read = (text: string) => readStrictJson(Buffer.from(text), 32)
const faultOf = (text: string) => {
  const reading = read(text)
  return reading.ok ? null : reading.fault
}

test('valid JSON is read as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const text = JSON.stringify(value)
      const reading = read(text)

      assert.ok(reading.ok)
      assert.equal(JSON.stringify(reading.value), text)
    }),
  )
})

for (const text of [
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":{"a":1,"b":[],"a":2}}',
  '[{"a":1 , "a" :2}]',
  '{"__proto__":1,"__proto__":2}',
]) {
  test(`a member that stands twice in one object is refused: ${text}`, () => {
    assert.equal(faultOf(text), 'repeated-member')
  })
}

for (const text of [
  '{"a":{"a":{"a":1}}}',
  '[{"a":1},{"a":2}]',
  '{"a":"b","b":"a","c":"a"}',
  '{"a":"x\\":","x":1}',
]) {
  test(`names in different objects, and texts, are not the same member: ${text}`, () => {
    assert.equal(faultOf(text), null)
  })
}

for (const text of ['', '{', '{}x', '\uFEFF{}', "{'a':1}", '{"a":1,}', 'NaN']) {
  test(`what is not JSON is refused: ${JSON.stringify(text)}`, () => {
    assert.equal(faultOf(text), 'invalid')
  })
}

test('bytes that are not UTF-8 are refused', () => {
  const reading = readStrictJson(Buffer.from([0x22, 0xff, 0x22]), 32)

  assert.deepEqual(reading, { ok: false, fault: 'invalid' })
})

test('depth is refused before the parser sees it', () => {
  const startedMs = performance.now()

  assert.equal(faultOf('['.repeat(1_000_000)), 'too-deep')
  assert.ok(performance.now() - startedMs < 100)
})

test('brackets in texts are no depth', () => {
  assert.equal(faultOf(JSON.stringify('['.repeat(100))), null)
})
