// Steps of an authorization in the trace of their request (spec 08 §4).
import type { Span } from '../../base/telemetry.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { PageRefusal } from '../../oauth/page-refusal.ts'
import type { Visitor } from '../login/login-audit.ts'
import type { Services } from '../services.ts'

/** Does `work` as the step `name` of the trace of `visitor`, and fails the step if it throws. */
export async function traced<Result>(
  { tracer }: Pick<Services, 'tracer'>,
  { name, visitor }: { readonly name: string; readonly visitor: Visitor },
  work: (within: Visitor, span: Span) => Promise<Result>,
): Promise<Result> {
  const span = tracer.start(name, visitor.trace)
  try {
    return await work({ ...visitor, trace: span.context }, span)
  } catch (error) {
    span.fail(reasonOf(error))
    throw error
  } finally {
    span.end()
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof PageRefusal) return error.reason
  if (error instanceof OAuthError) return error.code
  return error instanceof Error ? error.name : 'unknown'
}
