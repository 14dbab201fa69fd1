// What the token endpoint was asked for: the form and the headers that matter, in typed form
// (RFC 6749 §3.2, spec 01 §10).
import type { TraceContext } from '../base/telemetry.ts'
import type { Form } from './form.ts'

export interface TokenCall {
  readonly grantType: string | null
  readonly form: Form
  /** The `Authorization` header as sent. */
  readonly authorization: string | undefined
  readonly caller: Caller
}

/** Where a request came from, for audit rows and traces. */
export interface Caller {
  /** Client address as the limiter sees it. */
  readonly ip: string
  /** Its place in a trace, or null when the request belongs to no trace. */
  readonly trace: TraceContext | null
  /** Of the HTTP request, for lines of the log. */
  readonly requestId: string
}

/** Reads the call that a parsed form makes. */
export function readTokenCall(
  form: Form,
  authorization: string | undefined,
  caller: Caller,
): TokenCall {
  return { grantType: form.get('grant_type') ?? null, form, authorization, caller }
}
