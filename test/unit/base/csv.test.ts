// Lines of CSV (src/base/csv.ts, RFC 4180).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvLine } from '../../../src/base/csv.ts'

const cells: readonly (readonly [string, string, string])[] = [
  ['plain text as it is', 'name=x y', 'name=x y'],
  ['nothing as nothing', '', ''],
  ['a comma in quotes', 'a,b', '"a,b"'],
  ['quotes doubled', 'say "a"', '"say ""a"""'],
  ['line ends in quotes', 'a\r\nb\nc', '"a\r\nb\nc"'],
  ['a formula with an apostrophe', '=1+1', "'=1+1"],
  ['a plus in front', '+1', "'+1"],
  ['a minus in front', '-1', "'-1"],
  ['an at in front', '@SUM(A1)', "'@SUM(A1)"],
  ['a tab in front', '\t=1', "'\t=1"],
  ['a carriage return in front', '\r=1', '"\'\r=1"'],
  ['a formula with a comma', '=A1,B1', '"\'=A1,B1"'],
  ['a sign that is not in front', 'a=1', 'a=1'],
]

for (const [what, text, cell] of cells) {
  test(`writes ${what}`, () => {
    assert.equal(csvLine([text]), `${cell}\r\n`)
  })
}

test('separates cells by commas', () => {
  assert.equal(csvLine(['a', '', 'c']), 'a,,c\r\n')
})
