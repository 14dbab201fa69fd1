// The API key of the admin listener (spec 05 §2): one static bearer key, compared by digest, so
// that neither its length nor a shared prefix shows in the time taken. Without a key nobody gets
// in.
import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sendJson } from './answer.ts'

const scheme = 'Bearer '

/** Lets only requests with the key of `digest` (SHA-256) to the routes of `server`; null = none. */
export function addApiKeyCheck(server: FastifyInstance, digest: Uint8Array | null): void {
  server.addHook('onRequest', (request, reply, done) => {
    const fault = faultOf(request.headers.authorization, digest)
    if (fault === null) return done()
    reply.header('www-authenticate', 'Bearer realm="admin"')
    sendJson(reply, 401, { error: 'unauthorized', error_description: fault })
  })
}

function faultOf(authorization: string | undefined, digest: Uint8Array | null): string | null {
  if (digest === null) return 'admin API key not configured'
  if (authorization === undefined || !authorization.startsWith(scheme)) return 'missing API key'
  // Node hands header bytes over as Latin-1: this gives back the bytes that were sent.
  const presented = Buffer.from(authorization.slice(scheme.length), 'latin1')
  return timingSafeEqual(hash('sha256', presented, 'buffer'), digest) ? null : 'invalid API key'
}
