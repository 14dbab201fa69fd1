// Everything thrown while an admin request is handled, as one problem document without a type of
// its own (spec 05 §3; D15, D16).
import type { FastifyInstance } from 'fastify'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { messageOf, OperationalError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Log, LogFields } from '../../base/telemetry.ts'
import { AdminError, type AdminErrorCode } from '../../flows/admin/admin-error.ts'
import { frontingLinkView } from '../../flows/admin/views.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { reasonPhrase } from '../../oauth/problem-document.ts'
import { requestFields } from '../hooks/trace.ts'
import { sendDocument } from './answer.ts'

/** Status per refusal of an administrative use case. */
export const adminErrorStatus: Readonly<Record<AdminErrorCode, number>> = {
  invalid: 400,
  access_denied: 403,
  not_found: 404,
  conflict: 409,
}

interface Problem {
  readonly status: number
  readonly detail: string
}

/** Answers everything thrown on routes of `server`. */
export function addAdminProblems(server: FastifyInstance, log: Log): void {
  server.setErrorHandler<Error>((error, request, reply) => {
    const { status, detail } = problemOf(error, requestFields(request), log)
    const told = detail.slice(0, limits.problemDetailCharactersMax)
    if (status === 413) reply.header('connection', 'close')
    if (status === 503) reply.header('retry-after', '1')
    const dependents = error instanceof AdminError ? error.dependents : null
    const body = {
      type: 'about:blank',
      title: reasonPhrase(status),
      status,
      detail: told,
      ...(dependents === null ? null : { dependents: dependents.map(frontingLinkView) }),
    }
    sendDocument(reply, { status, mediaType: 'application/problem+json', body })
  })
}

function problemOf(error: Error, request: LogFields, log: Log): Problem {
  if (error instanceof AdminError)
    return { status: adminErrorStatus[error.code], detail: error.message }
  // Refusals of the hooks that both listeners share.
  if (error instanceof OAuthError) return { status: error.status, detail: error.message }
  if (error instanceof ActorError || error instanceof OperationalError) {
    log.warn('admin request failed for want of an actor or dependency', {
      ...request,
      error: error.message,
    })
    return { status: 503, detail: 'the server cannot answer right now' }
  }
  const { code, statusCode } = error as { readonly code?: string; readonly statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return { status: 413, detail: 'the request body is too large' }
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: 400, detail: 'the request could not be read' }
  }
  log.error('admin request failed', {
    ...request,
    error: messageOf(error),
    stack: error.stack,
  })
  return { status: 500, detail: 'internal error' }
}
