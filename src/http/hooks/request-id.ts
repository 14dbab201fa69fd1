// Request ids (spec 08 §3): taken over when well-formed.
import type { FastifyInstance } from 'fastify'
import { limits } from '../../base/limits.ts'
import type { Random } from '../../base/random.ts'

const idPattern = new RegExp(`^[A-Za-z0-9._-]{1,${limits.requestIdCharactersMax}}$`)

/** The id of a request: the one it names, if it is well-formed, else 32 hex digits. */
export function requestIdOf(header: string | string[] | undefined, random: Random): string {
  if (typeof header === 'string' && idPattern.test(header)) return header
  return random.hex(16)
}

/** Echoes the request's id on every answer. */
export function addRequestId(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
}
