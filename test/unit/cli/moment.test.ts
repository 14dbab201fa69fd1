// Times on the command line (spec 05 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentOf } from '../../../src/cli/moment.ts'

for (const [text, agoMs] of [
  ['90m', 5_400_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  ['1h30m', 5_400_000],
] as const) {
  test(`reads ${text} as an age`, () => {
    assert.deepEqual(momentOf(text, '--since'), { agoMs })
  })
}

for (const [text, atMs] of [
  ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01t12:00:00.25z', Date.UTC(2026, 2, 1, 12, 0, 0, 250)],
  ['2026-03-01T12:00:00+02:00', Date.UTC(2026, 2, 1, 10)],
] as const) {
  test(`reads ${text} as a time`, () => {
    assert.deepEqual(momentOf(text, '--since'), { atMs })
  })
}

for (const text of [
  '',
  '0',
  '0d',
  '-1d',
  '1.5d',
  '1y',
  'd',
  '2026-03-01',
  '2026-13-01T12:00:00Z',
]) {
  test(`does not read ${JSON.stringify(text)}`, () => {
    assert.throws(() => momentOf(text, '--since'), /--since must be an age such as 90m/)
  })
}

test('reads nothing as nothing', () => {
  assert.equal(momentOf(undefined, '--since'), null)
})
