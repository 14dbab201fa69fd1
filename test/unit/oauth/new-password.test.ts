// What users may choose as a password (spec 04 §1.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOverlongPassword, newPasswordFault } from '../../../src/oauth/new-password.ts'

test('a password has 8 characters or more', () => {
  assert.equal(newPasswordFault('1234567'), 'too-short')
  assert.equal(newPasswordFault('12345678'), null)
})

test('characters are counted as people do', () => {
  assert.equal(newPasswordFault('\u{1f511}'.repeat(7)), 'too-short')
  assert.equal(newPasswordFault('\u{1f511}'.repeat(8)), null)
})

test('a password has at most 1,024 bytes', () => {
  assert.equal(newPasswordFault('a'.repeat(1024)), null)
  assert.equal(newPasswordFault('a'.repeat(1025)), 'too-long')
  assert.equal(newPasswordFault('\u00e9'.repeat(513)), 'too-long')
  assert.equal(isOverlongPassword('a'.repeat(1025)), true)
})
