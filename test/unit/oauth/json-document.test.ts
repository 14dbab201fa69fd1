// Reading of JSON members that came from outside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentReader, isJsonObject } from '../../../src/oauth/json-document.ts'

test('reads members of the expected type', () => {
  const document = { a: 'x', b: ['y'], c: false, d: { e: 1 }, f: [{}], g: -7 }
  const reader = documentReader(document, '')

  assert.equal(reader.text('a'), 'x')
  assert.deepEqual(reader.texts('b'), ['y'])
  assert.equal(reader.flag('c'), false)
  assert.deepEqual(reader.object('d'), { e: 1 })
  assert.deepEqual(reader.objects('f'), [{}])
  assert.equal(reader.integer('g'), -7)
  assert.deepEqual(reader.problems, [])
})

test('does not find what an object inherits', () => {
  const reader = documentReader({}, '')

  assert.equal(reader.object('constructor'), null)
  assert.equal(reader.object('__proto__'), null)
  assert.deepEqual(reader.problems, [])
})

test('notes a wrong type under the full name', () => {
  const reader = documentReader({ a: 1 }, 'policy.')

  assert.equal(reader.text('a'), null)
  assert.deepEqual(reader.problems, ['policy.a must be a string'])
})

test('takes no fraction, no text and nothing inexact for a whole number', () => {
  const reader = documentReader({ a: 0.5, b: '1', c: 2 ** 53 }, '')

  for (const name of ['a', 'b', 'c']) assert.equal(reader.integer(name), null)
  assert.deepEqual(reader.problems, [
    'a must be a whole number',
    'b must be a whole number',
    'c must be a whole number',
  ])
})

for (const value of [null, [], 'text', 1, true]) {
  test(`does not take ${JSON.stringify(value)} for an object`, () => {
    assert.equal(isJsonObject(value), false)
  })
}
