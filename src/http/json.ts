// JSON bodies under exactly the media type that the specification names.
import type { FastifyReply } from 'fastify'

/**
 * Sends JSON text as `mediaType`. Bytes, since the framework adds a charset to the type of strings,
 * which JSON does not have (RFC 8259 §11).
 */
export function sendJson(reply: FastifyReply, mediaType: string, text: string): FastifyReply {
  return reply.header('content-type', mediaType).send(Buffer.from(text))
}
