// The span of a request (spec 08 §4, B42): continues the caller's W3C trace or begins one, and
// hands its context to routes and to the lines of the log.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type LogFields,
  type Span,
  type TraceContext,
  type Tracer,
  traceFields,
} from '../../base/telemetry.ts'
import { pathOf } from '../path.ts'
import { routeOf } from './observe.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Missing only where no hook has run: a request target that cannot be read. */
    span: Span | undefined
  }
}

const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/

/** What a `traceparent` header says (W3C Trace Context §3.2), or null. */
function readTraceparent(header: string | string[] | undefined): TraceContext | null {
  if (typeof header !== 'string') return null
  const [, traceId = '', spanId = '', flags = ''] = traceparentPattern.exec(header) ?? []
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** The trace context of a request, for whatever it asks of others; null = outside every trace. */
export function traceOf(request: FastifyRequest): TraceContext | null {
  return request.span?.context ?? null
}

/** What a line of the log says to be found by its request (spec 08 §3). */
export function requestFields(request: FastifyRequest): LogFields {
  return { request_id: request.id, ...traceFields(traceOf(request)) }
}

/** Gives every request of `server` a span, from its head to the end of its answer. */
export function addTracing(server: FastifyInstance, tracer: Tracer): void {
  server.decorateRequest('span')
  server.addHook('onRequest', (request, reply, done) => {
    const remote = readTraceparent(request.headers['traceparent'])
    const span = tracer.accept(`${request.method} ${pathOf(request.url)}`, remote)
    request.span = span
    // Comes in every case, also when the client leaves before it is answered.
    if (span.isRecorded) reply.raw.once('close', () => endSpan(span, request, reply))
    done()
  })
}

function endSpan(span: Span, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode } = reply
  span.set({
    'http.method': request.method,
    'http.route': routeOf(request),
    'http.url': pathOf(request.url),
    'http.status_code': statusCode,
    'http.response_size': Number(reply.getHeader('content-length') ?? 0),
  })
  if (!reply.raw.writableFinished) span.set({ 'http.aborted': true })
  if (statusCode >= 500) span.fail(String(statusCode))
  span.end()
}
