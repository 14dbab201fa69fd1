// Request ids (spec 08 §3) and W3C trace context (B42): taken over when well-formed.
import type { FastifyInstance } from 'fastify'
import { limits } from '../../base/limits.ts'
import type { Random } from '../../base/random.ts'

const idPattern = new RegExp(`^[A-Za-z0-9._-]{1,${limits.requestIdCharactersMax}}$`)
const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/
const noTrace = '0'.repeat(32)

/** The id of a request: the one it names, if it is well-formed, else 32 hex digits. */
export function requestIdOf(header: string | string[] | undefined, random: Random): string {
  if (typeof header === 'string' && idPattern.test(header)) return header
  return random.hex(16)
}

/** Trace id of a `traceparent` header (W3C Trace Context §3.2), or null. */
export function traceIdOf(header: string | string[] | undefined): string | null {
  if (typeof header !== 'string') return null
  const traceId = traceparentPattern.exec(header)?.[1]
  return traceId === undefined || traceId === noTrace ? null : traceId
}

/** Echoes the request's id on every answer. */
export function addRequestId(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
}
