// Refuses requests before the framework sees them (reliability B9): under overload most requests
// are refusals, and each must cost as little as the parsing of its head. The answer is the same as
// that of the route's own hook, made once.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { limits } from '../base/limits.ts'
import { problemDocument, problemMediaType } from '../oauth/problem-document.ts'
import type { ListenerOptions } from './fastify-server.ts'
import { requestIdOf } from './hooks/request-id.ts'
import { securityHeaders } from './hooks/security-headers.ts'
import { type LoadShedder, overloaded } from './hooks/shed-load.ts'
import { pathOf } from './path.ts'

/** One line of the log tells of all refusals since the one before. */
const tellEveryMs = 1000

/** Puts the refusals of `shedder` in front of `server`; to be called once, before it listens. */
export function refuseEarly(
  server: FastifyInstance,
  shedder: LoadShedder,
  options: ListenerOptions,
): void {
  const listener = server.server
  const handlers = listener.listeners('request')
  const refuse = refusalWriter(options)
  let isClosing = false
  server.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  listener.removeAllListeners('request')
  listener.on('request', (request, response) => {
    const path = pathOf(request.url ?? '')
    const { method = '' } = request
    // While the server closes, the framework says so on each answer.
    if (!isClosing && shedder.isRefused(method, path) && isPlain(request)) {
      refuse(request, response, path)
    } else {
      for (const handle of handlers) handle.call(listener, request, response)
    }
  })
}

/**
 * Whether nothing about a request asks for more than the prepared answer. Browsers of another
 * origin need CORS headers; bodies that are large or without a length end the connection.
 */
function isPlain({ headers }: IncomingMessage): boolean {
  return (
    headers.origin === undefined &&
    headers['transfer-encoding'] === undefined &&
    Number(headers['content-length'] ?? 0) <= limits.formBytesMax
  )
}

type WriteRefusal = (request: IncomingMessage, response: ServerResponse, path: string) => void

function refusalWriter(options: ListenerOptions): WriteRefusal {
  const { issuer, isSecure, random, meters } = options
  const refusal = overloaded()
  const body = JSON.stringify(problemDocument(issuer, refusal))
  const headers = Object.entries({
    ...securityHeaders(isSecure),
    'cache-control': 'no-store',
    'retry-after': '1',
    'content-length': String(Buffer.byteLength(body)),
  }).flat()
  const tell = refusalTeller(options)
  return (request, response, path) => {
    const { accept, 'x-request-id': id } = request.headers
    response.writeHead(refusal.status, [
      ...headers,
      'content-type',
      problemMediaType(accept),
      'x-request-id',
      requestIdOf(id, random),
    ])
    // Node reads the body to its end and drops it: the connection stays in step.
    response.end(body, 'latin1')
    meters.countRequest({
      method: request.method ?? '',
      route: path,
      status: refusal.status,
      seconds: 0,
    })
    tell()
  }
}

/** Counts refusals, and logs how many there were once they are a second old. */
function refusalTeller({ clock, log }: ListenerOptions): () => void {
  let refused = 0
  return () => {
    refused += 1
    if (refused > 1) return
    clock.after(tellEveryMs, () => {
      log.warn('requests refused for overload', { refused })
      refused = 0
    })
  }
}
