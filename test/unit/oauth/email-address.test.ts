// One account, one spelling of its address (spec 04 §1.1, spec 09 LG-04).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldEmailAddress } from '../../../src/oauth/email-address.ts'

test('spellings that look the same are the same address', () => {
  const spellings = [
    'Ada@Example.Test',
    ' ada@example.test\t',
    '\uff21da@example.test',
    'ada@example.test\u00a0',
    'ADA@EXAMPLE.TEST',
  ]

  for (const text of spellings) assert.equal(foldEmailAddress(text), 'ada@example.test')
})

test('composed and decomposed letters are the same address', () => {
  assert.equal(foldEmailAddress('re\u0301mi@a.test'), foldEmailAddress('r\u00e9mi@a.test'))
})

test('dots and tags make another address', () => {
  assert.notEqual(foldEmailAddress('a.da@a.test'), foldEmailAddress('ada@a.test'))
  assert.notEqual(foldEmailAddress('ada+x@a.test'), foldEmailAddress('ada@a.test'))
})
