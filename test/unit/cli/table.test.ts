// Tables for people (spec 05 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderTable } from '../../../src/cli/table.ts'

const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

test('aligns columns under a heading and ends no line in spaces', () => {
  const rows = [
    { id: 'a', name: 'Long name', uri: '' },
    { id: 'bcd', name: 'X', uri: 'https://b.test/' },
  ]

  assert.equal(
    renderTable(rows, 80),
    text('ID   NAME       URI', 'a    Long name', 'bcd  X          https://b.test/'),
  )
})

test('gives rows of other keys a heading of their own', () => {
  const rows = [{ id: 'a' }, { client_secret: 's' }]

  assert.equal(renderTable(rows, 80), text('ID', 'a', '', 'CLIENT_SECRET', 's'))
})

test('says so when there is nothing', () => {
  assert.equal(renderTable([], 80), '(none)\n')
})

test('cuts long cells where there is no room, and marks them', () => {
  const rows = [
    { id: 'a', uri: 'u'.repeat(70), n: '1' },
    { id: 'b', uri: 'short', n: '2' },
  ]

  assert.equal(
    renderTable(rows, 60),
    text(`ID  URI${' '.repeat(52)}N`, `a   ${'u'.repeat(52)}…  1`, `b   short${' '.repeat(48)}  2`),
  )
})

test('cuts nothing where there is room', () => {
  const rows = [{ uri: 'u'.repeat(300) }, { uri: 'v' }]

  assert.equal(renderTable(rows, 300), text('URI', 'u'.repeat(300), 'v'))
  assert.equal(renderTable(rows, null), text('URI', 'u'.repeat(300), 'v'))
})

test('never cuts an id or a secret: rows that do not fit become blocks', () => {
  const rows = [
    { id: 'i'.repeat(36), jti: 'j'.repeat(36) },
    { id: 'k'.repeat(36), jti: '' },
  ]

  assert.equal(
    renderTable(rows, 60),
    text(`ID   ${'i'.repeat(36)}`, `JTI  ${'j'.repeat(36)}`, '', `ID   ${'k'.repeat(36)}`, 'JTI'),
  )
})

test('shows a single row whole', () => {
  const rows = [{ id: 'a', uris: 'u'.repeat(90) }]

  assert.equal(renderTable(rows, 60), text('ID    a', `URIS  ${'u'.repeat(90)}`))
})

test('counts wide characters as two columns and accents as none', () => {
  const rows = [
    { name: '東京', id: '1' },
    { name: 'cafe\u0301', id: '2' },
    { name: 'ｱｲ', id: '3' },
    { name: '🚀', id: '4' },
  ]

  assert.equal(
    renderTable(rows, 80),
    text('NAME  ID', '東京  1', 'cafe\u0301  2', 'ｱｲ    3', '🚀    4'),
  )
})

test('cuts between wide characters', () => {
  const rows = [{ name: '京'.repeat(40) }, { name: 'x' }]

  assert.equal(renderTable(rows, 50), text('NAME', `${'京'.repeat(24)}…`, 'x'))
})

test('shows what would steer the terminal as escapes', () => {
  const rows = [{ name: 'a\u001b[31mb\nc\u202Ed' }]

  assert.equal(renderTable(rows, 80), text('NAME', 'a\\u{1b}[31mb\\u{a}c\\u{202e}d'))
})
