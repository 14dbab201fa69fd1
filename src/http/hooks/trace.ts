// The span of a request (spec 08 §4, B42): continues the caller's W3C trace or begins one, and
// hands its context to routes and to the lines of the log.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Span, TraceContext, Tracer } from '../../base/telemetry.ts'
import { pathOf } from '../path.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Missing only where no hook has run: a request target that cannot be read. */
    span: Span | undefined
  }
}

const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/

/** What a `traceparent` header says (W3C Trace Context §3.2), or null. */
export function readTraceparent(header: string | string[] | undefined): TraceContext | null {
  if (typeof header !== 'string') return null
  const [, traceId = '', spanId = '', flags = ''] = traceparentPattern.exec(header) ?? []
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** The trace context of a request, for whatever it asks of others; null = outside every trace. */
export function traceOf(request: FastifyRequest): TraceContext | null {
  return request.span?.context ?? null
}

/** Gives every request of `server` a span, from its head to the end of its answer. */
export function addTracing(server: FastifyInstance, tracer: Tracer): void {
  server.decorateRequest('span')
  server.addHook('onRequest', (request, _reply, done) => {
    const parent = readTraceparent(request.headers['traceparent'])
    request.span = tracer.start(`${request.method} ${pathOf(request.url)}`, parent)
    done()
  })
  server.addHook('onResponse', (request, reply, done) => {
    const { span } = request
    if (span === undefined) return done()
    if (span.isRecorded) {
      span.set({
        'http.method': request.method,
        'http.route': request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched'),
        'http.url': pathOf(request.url),
        'http.status_code': reply.statusCode,
        'http.response_size': Number(reply.getHeader('content-length') ?? 0),
      })
      if (reply.statusCode >= 500) span.fail(String(reply.statusCode))
    }
    span.end()
    done()
  })
}
