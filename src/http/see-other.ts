// Sends a browser elsewhere: 303, so that it follows with GET whatever it came with (spec 01 §6–8).
import type { FastifyReply } from 'fastify'

/** Answers with a redirect, never cached and without a body. */
export function seeOther(reply: FastifyReply, location: string): FastifyReply {
  return reply.code(303).header('location', location).header('cache-control', 'no-store').send()
}
