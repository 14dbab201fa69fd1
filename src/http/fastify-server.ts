// The fastify instance that both listeners start from: limits, strictness, errors, what is on every
// answer. Routes and listener-specific hooks come on top.
import type { Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Log, Tracer } from '../base/telemetry.ts'
import type { ClientAddress } from './client-address.ts'
import { addLastAnswers, answerUnread } from './hooks/last-answers.ts'
import { addObservation, observeAnswer, type RequestMeters } from './hooks/observe.ts'
import { addRequestId, requestIdOf } from './hooks/request-id.ts'
import { addSecurityHeaders, type HeaderSet, securityHeaders } from './hooks/security-headers.ts'
import { addStrictHttp } from './hooks/strict-http.ts'
import { addTracing } from './hooks/trace.ts'
import { closeLingering } from './lingering-close.ts'
import { addNotFound } from './not-found.ts'
import { addProblemHandler } from './problem.ts'

export interface ListenerOptions {
  readonly issuer: string
  /** Whether browsers reach the server by https (`session.secure`). */
  readonly isSecure: boolean
  readonly readTimeoutMs: number
  /** Silence on a connection, from a request to the end of its answer, after which it is cut. */
  readonly writeTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly bodyBytesMax: number
  readonly addressOf: ClientAddress
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly tracer: Tracer
  readonly meters: RequestMeters
}

/** An instance without routes. */
export function createServer(options: ListenerOptions): FastifyInstance {
  const headers = securityHeaders(options.isSecure)
  const observed = { ...options, addressOf: requestAddress(options.addressOf) }
  const server = fastify({
    logger: false,
    trustProxy: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    bodyLimit: options.bodyBytesMax,
    requestTimeout: options.readTimeoutMs,
    connectionTimeout: options.writeTimeoutMs,
    keepAliveTimeout: options.idleTimeoutMs,
    maxRequestsPerSocket: limits.requestsPerSocketMax,
    // Routes bound their parameters themselves and say so; the router's own bound answers 404.
    routerOptions: { maxParamLength: limits.headerBytesMax },
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id'], options.random),
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: Math.min(limits.headersTimeoutMs, options.readTimeoutMs),
      connectionsCheckingInterval: limits.connectionsCheckMs,
    },
    clientErrorHandler: (error, socket) => {
      refuseUnreadable(error, socket, { headers, clock: options.clock })
    },
    frameworkErrors: (_error, request, reply) => {
      const answer = reply as FastifyReply // the framework leaves its reply type open here
      answer.headers({ ...headers, 'x-request-id': request.id, 'cache-control': 'no-store' })
      answer.header('content-type', 'text/plain; charset=utf-8')
      if (answerUnread(request.raw, options)) answer.header('connection', 'close')
      answer.code(404).send('not found\n')
      observeAnswer(observed, request, answer)
    },
  })
  server.server.maxConnections = limits.connectionsMax
  addLastAnswers(server, options)
  addSecurityHeaders(server, headers)
  addRequestId(server)
  addTracing(server, options.tracer)
  addObservation(server, observed)
  addProblemHandler(server, options)
  addNotFound(server)
  addStrictHttp(server)
  return server
}

/** The client's address of a request. */
export function requestAddress(addressOf: ClientAddress): (request: FastifyRequest) => string {
  return (request) => {
    const forwardedFor = request.headers['x-forwarded-for']
    return addressOf(
      request.socket.remoteAddress,
      typeof forwardedFor === 'string' ? forwardedFor : undefined,
    )
  }
}

/** Answers bytes that are no request, and closes: the parser is out of step with the sender. */
function refuseUnreadable(
  error: Error & { code?: string },
  socket: Socket,
  { headers, clock }: { readonly headers: HeaderSet; readonly clock: Clock },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = statusOfParserError(error.code)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write(
    [
      `HTTP/1.1 ${status}`,
      ...lines,
      'cache-control: no-store',
      'content-length: 0',
      'connection: close',
      '',
      '',
    ].join('\r\n'),
  )
  closeLingering(socket, clock)
}

function statusOfParserError(code: string | undefined): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return '431 Request Header Fields Too Large'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout'
    default:
      return '400 Bad Request'
  }
}
