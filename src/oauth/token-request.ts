// What the token endpoint was asked for: the form and the headers that matter, in typed form
// (RFC 6749 §3.2, spec 01 §10).
import type { TraceContext } from '../base/telemetry.ts'
import type { Form } from './form.ts'

export interface TokenCall {
  readonly grantType: string | null
  readonly form: Form
  /** The `Authorization` header as sent. */
  readonly authorization: string | undefined
  /** Null when there was no `DPoP` header, or DPoP is switched off. */
  readonly proof: PresentedProof | null
  readonly caller: Caller
}

/** A DPoP proof as sent, and what its request looked like from outside (RFC 9449 §4.3). */
export interface PresentedProof {
  readonly jwt: string
  readonly method: string
  /** URLs of the request that the proof may name (spec 02 §6.3, decision D6). */
  readonly targets: readonly string[]
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

/** The call that a parsed form and its headers make. */
export function readTokenCall(form: Form, rest: Omit<TokenCall, 'grantType' | 'form'>): TokenCall {
  return { grantType: form.get('grant_type') ?? null, form, ...rest }
}
