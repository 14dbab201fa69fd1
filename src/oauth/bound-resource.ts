// The `resource` of a token request for an authorization that has one already (RFC 8707 §2.2, spec
// 01 §10.3 step 8): it may be repeated, and nothing else may be asked for.
import type { TokenResource } from '../records/resource.ts'
import { OAuthError } from './oauth-error.ts'
import { canonicalResource } from './resource-indicator.ts'

/**
 * Refuses a requested resource that does not denote the one of the authorization. `bound` is that
 * one's URI, empty = none; `requested` are the rows that the request's words denote.
 * @throws OAuthError `invalid_target`
 */
export function requireBoundResource(
  bound: string,
  words: string | null,
  requested: readonly TokenResource[],
): void {
  if (words === null || words === bound) return
  if (bound !== '' && isSameResource(bound, words, requested)) return
  throw new OAuthError('invalid_target', 'the resource is not the one of this authorization')
}

function isSameResource(
  bound: string,
  words: string,
  requested: readonly TokenResource[],
): boolean {
  const canonical = canonicalResource(words)
  if (canonical !== null && canonical === canonicalResource(bound)) return true
  const [only, another] = requested
  return another === undefined && only?.uri === bound
}
