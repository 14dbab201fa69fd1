// Assertions, errors and limits (src/base/assert.ts, errors.ts, limits.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantViolation, assert as must, unreachable } from '../../../src/base/assert.ts'
import { messageOf, OperationalError } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'

test('a condition that holds passes, one that does not throws what must hold', () => {
  must(true, 'this holds')

  assert.throws(
    () => must(false, 'this holds'),
    (error) => error instanceof InvariantViolation && error.message === 'this holds',
  )
})

test('an unreachable branch that is reached names its value', () => {
  assert.throws(() => unreachable('surprise' as never), /surprise/)
})

test('the message of anything thrown is text', () => {
  assert.equal(messageOf(new Error('broken')), 'broken')
  assert.equal(messageOf('broken'), 'broken')
  assert.equal(messageOf(undefined), 'undefined')
})

test('an operational error keeps its cause', () => {
  const cause = new Error('disk full')

  assert.equal(new OperationalError('cannot write', { cause }).cause, cause)
})

test('bodies and parameters have the bounds of the specification', () => {
  assert.equal(limits.formBytesMax, 65_536)
  assert.equal(limits.formParametersMax, 64)
})
