// What admin routes read from requests (spec 05 §3): JSON bodies, path parameters,
// query parameters, and who is asking.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { utf8Bytes } from '../../base/bytes.ts'
import { parseInstant } from '../../base/instant.ts'
import { limits } from '../../base/limits.ts'
import { type JsonFault, readStrictJson } from '../../base/strict-json.ts'
import { AdminError } from '../../flows/admin/admin-error.ts'
import type { Operator } from '../../flows/audit.ts'
import { isJsonObject, type JsonObject } from '../../oauth/json-document.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { traceOf } from '../hooks/trace.ts'

/**
 * Keeps the bytes of any body, whatever content type it names: scripts of operators seldom name the
 * right one. Routes without a body never look at it.
 */
export function addAdminBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    const encoding = request.headers['content-encoding']
    if (encoding === undefined || encoding === 'identity') return done(null, body)
    done(new OAuthError('invalid_request', 'encoded bodies are not accepted', { status: 415 }))
  })
}

/** The JSON object in the body. @throws AdminError `invalid` when there is none. */
export function readJsonObject(request: FastifyRequest): JsonObject {
  const document = parseJson(request.body)
  if (isJsonObject(document)) return document
  throw new AdminError('invalid', 'the body must be a JSON object')
}

const faults: Readonly<Record<JsonFault, string>> = {
  invalid: 'the body is not valid JSON',
  'too-deep': 'the body is nested too deeply',
  'repeated-member': 'the body names a member twice',
}

function parseJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return null
  const reading = readStrictJson(body, limits.jsonDepthMax)
  if (reading.ok) return reading.value
  throw new AdminError('invalid', faults[reading.fault])
}

/** A path parameter. @throws AdminError `invalid` when it is empty or too long. */
export function readPathParameter(request: FastifyRequest, name: string): string {
  const value = (request.params as Readonly<Record<string, string>>)[name] ?? ''
  if (value !== '' && utf8Bytes(value).byteLength <= limits.pathParameterBytesMax) return value
  throw new AdminError('invalid', `${name} must be 1 to ${limits.pathParameterBytesMax} bytes`)
}

/** A query parameter, the first if it is repeated; null when it is absent or empty. */
export function readQuery(request: FastifyRequest, name: string): string | null {
  const query = request.query as Readonly<Record<string, string | readonly string[]>>
  const value = Object.hasOwn(query, name) ? query[name] : undefined
  const first = typeof value === 'string' ? value : value?.[0]
  return first === undefined || first === '' ? null : first
}

/** Whether a query flag is set: only the exact text `true` counts. */
export function readQueryFlag(request: FastifyRequest, name: string): boolean {
  return readQuery(request, name) === 'true'
}

/** A query parameter from a closed set, null when absent. @throws AdminError `invalid`. */
export function readQueryChoice<Choice extends string>(
  request: FastifyRequest,
  name: string,
  choices: readonly Choice[],
): Choice | null {
  const value = readQuery(request, name)
  if (value === null) return null
  const choice = choices.find((known) => known === value)
  if (choice !== undefined) return choice
  throw new AdminError('invalid', `${name} must be one of ${choices.join(', ')}`)
}

/** A query parameter that is a whole number, null when absent. @throws AdminError `invalid`. */
export function readQueryInteger(request: FastifyRequest, name: string): number | null {
  const text = readQuery(request, name)
  if (text === null) return null
  const value = parseInteger(text)
  if (value !== null) return value
  throw new AdminError('invalid', `${name} must be a whole number`)
}

/** The number that `text` writes, or null. Larger ones than any bound stay larger. */
export function parseInteger(text: string | null): number | null {
  return text !== null && /^[+-]?\d{1,20}$/.test(text) ? Number(text) : null
}

/** A query parameter that is a time, in milliseconds; null when absent. @throws AdminError. */
export function readQueryInstant(request: FastifyRequest, name: string): number | null {
  const text = readQuery(request, name)
  if (text === null) return null
  const atMs = parseInstant(text)
  if (atMs !== null) return atMs
  throw new AdminError('invalid', `${name} must be a time as in RFC 3339`)
}

/**
 * Who changes something through this API: there is one key, and no person behind it (spec 05 §2).
 */
export function operatorOf(request: FastifyRequest): Operator {
  return { actorId: 'admin', trace: traceOf(request) }
}
