// The last answer on a connection: after it, or after the server began to close, nothing more is
// acted on there. Node goes on to parse requests that were already sent behind it, and their
// answers would never arrive. An answer that comes before the body of its request was read does
// arrive: it is the last one where much is unread, and the connection then ends by lingering.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import { closeLingering } from '../lingering-close.ts'

interface LastAnswerOptions {
  /** The largest body that the listener takes. */
  readonly bodyBytesMax: number
  readonly clock: Clock
}

/** Adds the rule; must be the first hook, so that nothing is done for a request that is ignored. */
export function addLastAnswers(server: FastifyInstance, options: LastAnswerOptions): void {
  const ending = new WeakSet<Socket>()
  let isClosing = false
  server.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  server.addHook('onRequest', (request, reply, done) => {
    if (ending.has(request.raw.socket)) reply.hijack()
    else done()
  })
  server.addHook('onSend', ({ raw }, reply, _payload, done) => {
    // Closing ends the connections that are idle then; one that is at work ends with its answer.
    if (answerUnread(raw, options) || isClosing) reply.header('connection', 'close')
    if (reply.getHeader('connection') === 'close') ending.add(raw.socket)
    done()
  })
}

/**
 * Prepares the answer to a request whose body may not have been read; true = the connection must
 * end with it. Where no more is to come than the body of a good request, Node reads that and the
 * connection stays: under overload many requests are refused, and their senders should not have to
 * connect again for each.
 */
export function answerUnread(
  request: IncomingMessage,
  { bodyBytesMax, clock }: LastAnswerOptions,
): boolean {
  const { socket, headers } = request
  const isEndless = headers['transfer-encoding'] !== undefined
  const bodyBytes = isEndless ? Number.POSITIVE_INFINITY : Number(headers['content-length'] ?? 0)
  if (request.complete || bodyBytes === 0) return false
  // Node calls this after a last answer, whoever made it the last: also when the client did.
  socket.destroySoon = () => {
    if (request.complete) socket.end(() => socket.destroy())
    else closeLingering(socket, clock)
  }
  return bodyBytes > bodyBytesMax
}
