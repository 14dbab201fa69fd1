// Histograms that a thread keeps about itself (src/base/meters.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHistogram } from '../../../src/base/meters.ts'

test('an observation counts at the first bound that is not below it', () => {
  const histogram = createHistogram([1, 10])
  for (const value of [0, 1, 2, 10, 11]) histogram.observe(value)

  assert.deepEqual(histogram.snapshot(), {
    bounds: [1, 10],
    counts: [2, 2, 1],
    sum: 24,
    count: 5,
  })
})

test('a snapshot does not change afterwards', () => {
  const histogram = createHistogram([1])
  const before = histogram.snapshot()
  histogram.observe(1)

  assert.deepEqual(before.counts, [0, 0])
  assert.equal(before.count, 0)
})
