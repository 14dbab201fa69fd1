// What the routes of introspection and revocation read from a request (spec 01 §13–14).
import type { FastifyRequest } from 'fastify'
import type { PresentedTokenCall } from '../../oauth/presented-token.ts'
import { formOf } from '../body.ts'
import type { LoadShedder } from '../hooks/shed-load.ts'
import { traceOf } from '../hooks/trace.ts'

export interface TokenStateRouteOptions {
  readonly basePath: string
  readonly addressOf: (request: FastifyRequest) => string
  readonly shedder: LoadShedder
}

/** The call that a request makes; nothing of it is checked yet. */
export function presentedTokenCall(
  request: FastifyRequest,
  addressOf: (request: FastifyRequest) => string,
): PresentedTokenCall {
  return {
    form: formOf(request),
    authorization: request.headers.authorization,
    caller: { ip: addressOf(request), trace: traceOf(request), requestId: request.id },
  }
}
