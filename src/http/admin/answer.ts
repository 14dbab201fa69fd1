// How admin routes answer (spec 05 §3).
import type { FastifyReply } from 'fastify'
import { sendJson as sendText } from '../json.ts'

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
  return sendText(reply.code(status), mediaType, JSON.stringify(body))
}

/** Answers that something is done and there is nothing to say about it. */
export function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(204).send()
}
