// How instants and absent texts are written (spec 07 §1).
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { instantMs, instantText, textOrNull } from '../../actors/storage/dialect.ts'

const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })

test('an instant survives writing and reading', () => {
  fc.assert(fc.property(instants, (ms) => instantMs(instantText(ms)) === ms))
})

test('texts of instants sort like the instants', () => {
  fc.assert(
    fc.property(instants, instants, (left, right) => {
      return left < right === instantText(left) < instantText(right)
    }),
  )
})

test('an instant has nine digits whatever its milliseconds', () => {
  assert.equal(instantText(0), '1970-01-01T00:00:00.000000000Z')
  assert.equal(instantText(7), '1970-01-01T00:00:00.007000000Z')
  assert.equal(instantText(70), '1970-01-01T00:00:00.070000000Z')
  assert.equal(instantText(1700), '1970-01-01T00:00:01.700000000Z')
})

test('an instant of the reference with fewer digits is read', () => {
  assert.equal(instantMs('1970-01-01T00:00:00.5Z'), 500)
  assert.equal(instantMs('1970-01-01T00:00:00.123456789Z'), 123)
  assert.equal(instantMs('yesterday'), null)
})

test('an empty text of a nullable column is absent', () => {
  assert.deepEqual([textOrNull(''), textOrNull(null), textOrNull('x')], [null, null, 'x'])
})
