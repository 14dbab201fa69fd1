// The last answer on a connection: after it, or after the server began to close, nothing more is
// acted on there. Node goes on to parse requests that were already sent behind it, and their
// answers would never arrive.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Adds the rule; must be the first hook, so that nothing is done for a request that is ignored. */
export function addLastAnswers(server: FastifyInstance): void {
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
  server.addHook('onSend', (request, reply, _payload, done) => {
    // Closing ends the connections that are idle then; one that is at work ends with its answer.
    if (isClosing) reply.header('connection', 'close')
    if (reply.getHeader('connection') === 'close') ending.add(request.raw.socket)
    done()
  })
}
