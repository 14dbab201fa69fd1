// Go-style durations (src/base/duration.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatDuration, parseDuration } from '../../../src/base/duration.ts'

describe('a duration', () => {
  const cases: readonly [string, number][] = [
    ['0', 0],
    ['0s', 0],
    ['300ms', 300],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['168h', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2h45m30.5s', 9_930_500],
    ['500us', 0.5],
    ['500µs', 0.5],
    ['30m1h', 5_400_000],
  ]
  for (const [text, ms] of cases) {
    test(`${text} is ${ms} ms`, () => {
      assert.equal(parseDuration(text), ms)
    })
  }

  const refused = [
    '',
    ' ',
    '10',
    '1.5',
    's',
    '-1s',
    '+1s',
    '1 s',
    '1s ',
    '1d',
    '1S',
    '1e3s',
    '.5s',
    '1.s',
    '1s2',
    '0x1s',
    '١s',
  ]
  for (const text of refused) {
    test(`"${text}" is none`, () => {
      assert.equal(parseDuration(text), null)
    })
  }
})

describe('the written form', () => {
  const cases: readonly [number, string][] = [
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [61_500, '1m1.5s'],
    [3_600_000, '1h0m0s'],
    [604_800_000, '168h0m0s'],
  ]
  for (const [ms, text] of cases) {
    test(`of ${ms} ms is ${text}`, () => {
      assert.equal(formatDuration(ms), text)
    })
  }
})

test('property: a written duration is read back as it was', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms)
    }),
  )
})

test('a text made to be slow is refused at once', () => {
  const startedMs = performance.now()

  assert.equal(parseDuration(`${'1'.repeat(100_000)}x`), null)
  assert.equal(parseDuration(`${'1s'.repeat(50_000)}x`), null)

  assert.ok(performance.now() - startedMs < 100)
})
