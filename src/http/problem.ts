// Everything that can be thrown while a request is handled, turned into one answer (spec 01 §1.6,
// D13, D15, D16). The only place that knows statuses of failures.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ActorError } from '../../actors/runtime/protocol.ts'
import { OperationalError } from '../base/errors.ts'
import type { Log } from '../base/telemetry.ts'
import { OAuthError } from '../oauth/oauth-error.ts'
import { problemDocument, problemMediaType } from '../oauth/problem-document.ts'
import { requestFields } from './hooks/trace.ts'
import { sendJson } from './json.ts'

export interface ProblemOptions {
  readonly issuer: string
  readonly log: Log
}

/** Answers everything thrown on `server` with the common error shape. */
export function addProblemHandler(server: FastifyInstance, options: ProblemOptions): void {
  server.setErrorHandler<Error>((error, request, reply) => {
    sendProblem(refusalOf(error, request, options.log), request, { reply, options })
  })
}

function sendProblem(
  refusal: OAuthError,
  request: FastifyRequest,
  { reply, options }: { readonly reply: FastifyReply; readonly options: ProblemOptions },
): void {
  reply.code(refusal.status).header('cache-control', 'no-store')
  if (refusal.status === 401) reply.header('www-authenticate', 'Basic realm="authserver"')
  if (refusal.status === 413) reply.header('connection', 'close')
  if (refusal.status === 503) reply.header('retry-after', '1')
  const body = JSON.stringify(problemDocument(options.issuer, refusal))
  sendJson(reply, problemMediaType(request.headers.accept), body)
}

/** The public refusal for anything thrown; what is no refusal is logged here and nowhere else. */
export function refusalOf(error: Error, request: FastifyRequest, log: Log): OAuthError {
  if (error instanceof OAuthError) return error
  const fields = { ...requestFields(request), error: error.message }
  if (error instanceof ActorError || error instanceof OperationalError) {
    log.warn('request failed for want of an actor or dependency', fields)
    return new OAuthError('temporarily_unavailable', 'the server cannot answer right now')
  }
  const framework = frameworkRefusal(error as FastifyError)
  if (framework !== null) return framework
  log.error('request failed', { ...fields, stack: error.stack })
  return new OAuthError('server_error', 'internal error')
}

/** Refusals of the framework's own body reading. */
function frameworkRefusal(error: FastifyError): OAuthError | null {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new OAuthError('invalid_request', 'the request body is too large', { status: 413 })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new OAuthError('invalid_request', 'the body is not of the expected content type')
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? new OAuthError('invalid_request', 'the request could not be read')
        : null
  }
}
