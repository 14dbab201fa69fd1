// Headers that every answer carries (spec 01 §1.3), also those written past the framework.
import type { FastifyInstance } from 'fastify'

export type HeaderSet = Readonly<Record<string, string>>

/** The header set; HSTS only when browsers reach the server by https (`session.secure`). */
export function securityHeaders(isSecure: boolean): HeaderSet {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ...(isSecure ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : null),
  }
}

/** Puts `headers` on every answer of `server`. */
export function addSecurityHeaders(server: FastifyInstance, headers: HeaderSet): void {
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}
