// Reading of form bodies: bounded, never inflated, parsed once (spec 01 §10, spec 09 TP-12).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limits } from '../base/limits.ts'
import { type Form, type ListParameter, parseForm } from '../oauth/form.ts'
import { OAuthError } from '../oauth/oauth-error.ts'

const emptyForm: Form = new Map()

/**
 * Makes `application/x-www-form-urlencoded` the one body that routes of `server` accept; `list` as
 * `parseForm`.
 */
export function addFormBody(server: FastifyInstance, list: ListParameter): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: limits.formBytesMax },
    (request, body, done) => {
      try {
        refuseEncodedBody(request)
        done(null, parseForm(body as Buffer, list))
      } catch (error) {
        done(error as Error)
      }
    },
  )
}

/** The parsed form of a request; a request without body has an empty one. */
export function formOf(request: FastifyRequest): Form {
  return (request.body as Form | undefined) ?? emptyForm
}

/** Refuses a body that would have to be inflated first. @throws OAuthError `invalid_request`. */
export function refuseEncodedBody(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new OAuthError('invalid_request', 'encoded bodies are not accepted', { status: 415 })
  }
}
