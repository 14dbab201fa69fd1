// A grant as a step in the trace of its request (spec 08 §4).
import type { Span } from '../../base/telemetry.ts'
import type { TokenCall } from '../../oauth/token-request.ts'
import type { TokenResponse } from '../../oauth/token-response.ts'
import type { Services } from '../services.ts'
import { denialReason } from './token-audit.ts'

/** Does `issue` as the step `name`, which fails with the error code that the request ends with. */
export async function tracedGrant(
  services: Services,
  { name, call }: { readonly name: string; readonly call: TokenCall },
  issue: (within: TokenCall, span: Span) => Promise<TokenResponse>,
): Promise<TokenResponse> {
  const span = services.tracer.start(name, call.caller.trace)
  try {
    return await issue({ ...call, caller: { ...call.caller, trace: span.context } }, span)
  } catch (error) {
    span.fail(denialReason(error))
    throw error
  } finally {
    span.end()
  }
}
