// Scope sets (src/oauth/scope.ts, spec 01 §5.5).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  formatScope,
  intersect,
  isScopeName,
  isSubset,
  parseScope,
  sortScope,
} from '../../../src/oauth/scope.ts'

describe('a scope text', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['that is empty has no names', '', []],
    ['of white space has no names', ' \t\n ', []],
    ['is split at white space of any length', 'a  b\tc\nd', ['a', 'b', 'c', 'd']],
    ['names each scope once, in order of first appearance', 'b a b a', ['b', 'a']],
    ['keeps upper and lower case apart', 'read READ', ['read', 'READ']],
    ['gives wildcards no meaning', 'tools/* tools/echo', ['tools/*', 'tools/echo']],
  ]
  for (const [behaviour, text, names] of cases) {
    test(behaviour, () => {
      assert.deepEqual(parseScope(text), names)
    })
  }
})

test('names are sorted by bytes, not by a language', () => {
  assert.deepEqual(sortScope(['b', 'a', 'B', '_', 'a/1']), ['B', '_', 'a', 'a/1', 'b'])
})

test('sorting leaves its argument as it was', () => {
  const names = Object.freeze(['b', 'a'])

  assert.deepEqual(sortScope(names), ['a', 'b'])
  assert.deepEqual(names, ['b', 'a'])
})

test('a subset is decided by whole names: no prefix, no wildcard', () => {
  assert.equal(isSubset(['tools/echo'], ['tools/echo', 'tools/query']), true)
  assert.equal(isSubset(['tools/ech'], ['tools/echo']), false)
  assert.equal(isSubset(['tools/echo'], ['tools/*', 'tools']), false)
  assert.equal(isSubset(['Tools/echo'], ['tools/echo']), false)
  assert.equal(isSubset([], []), true)
})

const name = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '/', '*', ':'),
  minLength: 1,
  maxLength: 3,
})
const names = fc.uniqueArray(name)

test('property: a formatted set is parsed back as it was', () => {
  fc.assert(
    fc.property(names, (set) => {
      assert.deepEqual(parseScope(formatScope(set)), set)
    }),
  )
})

test('property: an intersection is a subset of both sides and holds all that is in both', () => {
  fc.assert(
    fc.property(names, names, (left, right) => {
      const both = intersect(left, right)
      assert.ok(isSubset(both, left) && isSubset(both, right))
      for (const one of left) assert.equal(both.includes(one), right.includes(one))
    }),
  )
})

test('property: sorting changes the order and nothing else, and sorting again nothing', () => {
  fc.assert(
    fc.property(names, (set) => {
      const sorted = sortScope(set)
      assert.deepEqual(new Set(sorted), new Set(set))
      assert.deepEqual(sortScope(sorted), sorted)
      assert.equal(sorted.length, set.length)
    }),
  )
})

describe('a scope name', () => {
  for (const name of ['a', 'tools/echo', '!', '~', 'https://x.test/scope', "it's"]) {
    test(`may be ${name}`, () => {
      assert.equal(isScopeName(name), true)
    })
  }

  for (const name of ['', ' ', 'a b', 'a\t', 'a"b', 'a\\b', 'é', 'a\0', 'a\n', '\u007f']) {
    test(`may not be ${JSON.stringify(name)}`, () => {
      assert.equal(isScopeName(name), false)
    })
  }
})
