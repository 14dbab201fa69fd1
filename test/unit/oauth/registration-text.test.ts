// Texts for people, and texts of senders inside problems.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOfText, quoted } from '../../../src/oauth/registration-text.ts'

test('counts bytes, not characters', () => {
  assert.deepEqual(problemsOfText('name', 'éé', 4), [])
  assert.deepEqual(problemsOfText('name', 'ééa', 4), ['name is longer than 4 bytes'])
})

for (const character of ['\0', '\n', '\u007f', '\u0085', '\ud800', '\u202e', '\u2028']) {
  test(`refuses the invisible ${JSON.stringify(character)}`, () => {
    assert.deepEqual(problemsOfText('name', `a${character}b`, 10), [
      'name holds control characters',
    ])
  })
}

test('takes letters and symbols of any script', () => {
  assert.deepEqual(problemsOfText('name', 'Größe 名前 👩\u200d💻', 100), [])
})

test('quotes a text in bounded ASCII', () => {
  assert.equal(quoted('a"\n\u202e'), '"a\\"\\n?"')
  assert.equal(quoted('x'.repeat(200)).length, 105)
})
