// JSON bodies under exactly the media type that the specification names.
import type { FastifyReply } from 'fastify'

/**
 * Passed as a route's serializer: only without one does the framework add a charset to JSON types.
 */
const asItIs = (text: string): string => text

/**
 * Sends JSON text as `mediaType`, without a charset, which JSON does not have (RFC 8259 §11). Text
 * and not bytes: Node then writes head and body in one piece.
 */
export function sendJson(reply: FastifyReply, mediaType: string, text: string): FastifyReply {
  return reply.header('content-type', mediaType).serializer(asItIs).send(text)
}
