// How admin routes answer (spec 05 §3). Bodies leave as bytes: to a text the framework would add a
// charset, which JSON does not have (RFC 8259 §11).
import type { FastifyReply } from 'fastify'

/** Answers with JSON. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return sendDocument(reply, { status, mediaType: 'application/json', body })
}

/** Answers with a JSON document of the given media type. */
export function sendDocument(
  reply: FastifyReply,
  {
    status,
    mediaType,
    body,
  }: { readonly status: number; readonly mediaType: string; readonly body: unknown },
): FastifyReply {
  const bytes = Buffer.from(JSON.stringify(body))
  return reply.code(status).header('content-type', mediaType).send(bytes)
}

/** Answers that something is done and there is nothing to say about it. */
export function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(204).send()
}
