// Token buckets (src/base/token-bucket.ts, spec 01 §1.5).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fullBucket, takeToken } from '../../../src/base/token-bucket.ts'

const rate = { perSecond: 100, burst: 200 }

test('a full bucket serves its burst at once and nothing more', () => {
  const bucket = fullBucket(rate, 0)

  const served = Array.from({ length: 250 }, () => takeToken(bucket, rate, 0)).filter(Boolean)

  assert.equal(served.length, 200)
})

test('an empty bucket earns a token when its time has come and not before', () => {
  const slow = { perSecond: 1, burst: 1 }
  const bucket = fullBucket(slow, 0)
  takeToken(bucket, slow, 0)

  assert.equal(takeToken(bucket, slow, 999), false)
  assert.equal(takeToken(bucket, slow, 1000), true)
})

test('refusals cost nothing', () => {
  const slow = { perSecond: 1, burst: 1 }
  const bucket = fullBucket(slow, 0)
  takeToken(bucket, slow, 0)
  for (let ms = 100; ms < 1000; ms += 100) assert.equal(takeToken(bucket, slow, ms), false)

  assert.equal(takeToken(bucket, slow, 1001), true)
})

test('a bucket never holds more than its burst', () => {
  const bucket = fullBucket(rate, 0)

  const served = Array.from({ length: 250 }, () => takeToken(bucket, rate, 1e9)).filter(Boolean)

  assert.equal(served.length, 200)
})

test('property: any span of time serves at most burst + rate × span', () => {
  const waits = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 500 })
  fc.assert(
    fc.property(
      waits,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (steps, perSecond, burst) => {
        const given = { perSecond, burst }
        const bucket = fullBucket(given, 0)
        let nowMs = 0
        let served = 0
        for (const step of steps) {
          nowMs += step
          if (takeToken(bucket, given, nowMs)) served += 1
        }
        assert.ok(served <= burst + (perSecond * nowMs) / 1000 + 1e-6)
      },
    ),
  )
})
