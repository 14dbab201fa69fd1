// The attack catalogue is complete: each attack that matters has a test, each test an attack.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awaitedBy, rowsInTests, rowsInTitles } from '../../scripts/reference/attack-page.ts'
import { attackGroups } from '../attack/rows.ts'

const rows = attackGroups.flatMap((group) =>
  group.rows.map((row) => ({
    id: `${group.id}-${row[0]}`,
    isSevere: row[1] === 'C' || row[1] === 'H',
    isAwaiting: awaitedBy(group, row) !== null,
  })),
)

test('no row is there twice', () => {
  const ids = rows.map(({ id }) => id)

  assert.deepEqual(ids, [...new Set(ids)])
})

test('each critical or high attack on what is built has a test that names it', () => {
  const tests = rowsInTests()
  const missing = rows.filter((row) => row.isSevere && !row.isAwaiting && !tests.has(row.id))

  assert.deepEqual(
    missing.map(({ id }) => id),
    [],
  )
})

test('an attack that has a test awaits nothing', () => {
  const tests = rowsInTests()
  const both = rows.filter(({ id, isAwaiting }) => isAwaiting && tests.has(id))

  assert.deepEqual(
    both.map(({ id }) => id),
    [],
  )
})

test('each row that a test names is in the catalogue', () => {
  const known = new Set(rows.map(({ id }) => id))
  const unknown = [...rowsInTests()].filter(([id]) => !known.has(id))

  assert.deepEqual(unknown, [])
})

test('rows are read from titles of every form, and from nothing else', () => {
  const source = `
    // AA-01 in a comment
    test('BB-02 by name', () => log('see CC-03'))
    describe("DD-04 and EE-05", () => {
      for (const x of xs) test(\`FF-06 of \${x}\`, () => {})
    })
    attack.rejects('GG-07 cases', [])
    const titles = [['II-09 in a list', null]]
    assert.equal(x, 1, 'JJ-10 in a message')
    test(
      'HH-08 on a line of its own', () => {})`

  const expected = ['BB-02', 'DD-04', 'EE-05', 'FF-06', 'GG-07', 'II-09', 'HH-08']
  assert.deepEqual(rowsInTitles(source), expected)
})
