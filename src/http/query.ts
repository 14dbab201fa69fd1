// Queries of routes for browsers, read as strictly as forms (B10, spec 01 §6).
import type { FastifyRequest } from 'fastify'
import { utf8Bytes } from '../base/bytes.ts'
import { type Form, parseForm } from '../oauth/form.ts'

/**
 * The parameters of the query of a request. @throws OAuthError `invalid_request` as `parseForm`.
 */
export function queryOf({ url }: FastifyRequest): Form {
  const question = url.indexOf('?')
  return parseForm(utf8Bytes(question === -1 ? '' : url.slice(question + 1)), null)
}
