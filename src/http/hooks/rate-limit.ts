// Requests per client address (spec 01 §1.5): a token bucket each, in memory, per process.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import {
  type BucketRate,
  fullBucket,
  type TokenBucket,
  takeToken,
} from '../../base/token-bucket.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { limiterKey } from '../client-address.ts'
import { pathOf } from '../path.ts'

export interface RateLimitOptions extends BucketRate {
  readonly clock: Clock
  readonly addressOf: (request: FastifyRequest) => string
  /** Paths that probes use; they are never limited (B51). */
  readonly exemptPaths: ReadonlySet<string>
  /** Answers a refused request, which has its Retry-After; null = the error shape of the server. */
  readonly refuse: ((reply: FastifyReply) => void) | null
}

/**
 * Refuses requests over the rate with `slow_down`. Buckets that nobody uses fall out when the bound
 * is reached, the least recently used first: a bucket that is full again is the same as none.
 */
export function addRateLimit(server: FastifyInstance, options: RateLimitOptions): void {
  const buckets = new LRUCache<string, TokenBucket>({ max: limits.rateLimitSourcesMax })
  server.addHook('onRequest', (request, reply, done) => {
    if (options.exemptPaths.has(pathOf(request.url))) return done()
    const key = limiterKey(options.addressOf(request))
    const nowMs = options.clock.monotonicMs()
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      bucket = fullBucket(options, nowMs)
      buckets.set(key, bucket)
    }
    if (takeToken(bucket, options, nowMs)) return done()
    reply.header('retry-after', '1')
    if (options.refuse !== null) return options.refuse(reply)
    done(new OAuthError('slow_down', 'too many requests from this address'))
  })
}
