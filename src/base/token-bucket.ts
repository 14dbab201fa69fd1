// Token bucket: `burst` requests at once, then `perSecond` of them each second. Pure arithmetic on
// a small mutable record, so that a limiter can keep thousands of them.

export interface TokenBucket {
  tokens: number
  updatedMs: number
}

export interface BucketRate {
  readonly perSecond: number
  readonly burst: number
}

/** A full bucket. */
export function fullBucket(rate: BucketRate, nowMs: number): TokenBucket {
  return { tokens: rate.burst, updatedMs: nowMs }
}

/** Takes one token at `nowMs` (monotonic) if there is one. */
export function takeToken(bucket: TokenBucket, rate: BucketRate, nowMs: number): boolean {
  const earned = ((nowMs - bucket.updatedMs) / 1000) * rate.perSecond
  bucket.tokens = Math.min(rate.burst, bucket.tokens + earned)
  bucket.updatedMs = nowMs
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}
