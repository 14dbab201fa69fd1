// One count and, where its level is on, one log line per request (spec 08 §1, §3).
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Log, type LogLevel, traceFields } from '../../base/telemetry.ts'
import { pathOf } from '../path.ts'

export interface RequestMeters {
  /** `route` is a registered pattern or `unmatched`. */
  countRequest(request: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly seconds: number
  }): void
}

export interface ObserveOptions {
  readonly meters: RequestMeters
  readonly log: Log
  readonly addressOf: (request: FastifyRequest) => string
}

/** Observes every answer of `server`. */
export function addObservation(server: FastifyInstance, options: ObserveOptions): void {
  server.addHook('onResponse', (request, reply, done) => {
    observeAnswer(options, request, reply)
    done()
  })
}

/** Observes one answer; for those that the framework gives without running any hook. */
export function observeAnswer(
  options: ObserveOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = reply.statusCode
  options.meters.countRequest({
    method: request.method,
    route: routeOf(request),
    status,
    seconds: reply.elapsedTime / 1000,
  })
  const level = levelOf(status)
  if (options.log.isEnabled(level)) logAccess(options, level, { request, reply })
}

/** The pattern of the route that a request matched, or `unmatched`: a closed set. */
export function routeOf(request: FastifyRequest): string {
  return request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched')
}

function levelOf(status: number): LogLevel {
  return status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info'
}

function logAccess(
  { log, addressOf }: ObserveOptions,
  level: LogLevel,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  log[level]('http request', {
    method: request.method,
    path: bounded(pathOf(request.url), pathCharactersMax),
    status: reply.statusCode,
    duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
    bytes: Number(reply.getHeader('content-length') ?? 0),
    remote_addr: addressOf(request),
    user_agent: bounded(request.headers['user-agent'] ?? '', userAgentCharactersMax),
    request_id: request.id,
    ...traceFields(request.span?.context ?? null),
  })
}

/** With both escaped, a line stays below 2 KB, whatever was sent (spec 09 DS-11). */
const pathCharactersMax = 512
const userAgentCharactersMax = 256

function bounded(text: string, charactersMax: number): string {
  return text.slice(0, charactersMax).replace(/[^ -~]/g, '?')
}
