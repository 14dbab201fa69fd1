// Where a browser goes when an authorization is over (RFC 6749 §4.1.2, RFC 9207, spec 01 §6): the
// redirect URI with the answer in its query.
import type { OAuthErrorCode } from './oauth-error.ts'

/** The request that is answered. */
export interface Answered {
  /** One that is registered for the client, as the request had it. */
  readonly redirectUri: string
  /** Empty = none was sent. */
  readonly state: string
  readonly issuer: string
}

/** Members of every answer: what a registered query has under these names gives way to them. */
const answerMembers: ReadonlySet<string> = new Set([
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
])

/** The location that hands a code to the client. */
export function codeLocation(answered: Answered, code: string): string {
  return locationOf(answered, [['code', code]])
}

/** The location that tells the client why there is no code. */
export function errorLocation(
  answered: Answered,
  error: { readonly code: OAuthErrorCode; readonly description: string },
): string {
  return locationOf(answered, [
    ['error', error.code],
    ['error_description', error.description],
  ])
}

/**
 * By text and not by a URL parser: what is registered goes out byte for byte, for private-use
 * schemes too.
 */
function locationOf(
  { redirectUri, state, issuer }: Answered,
  members: readonly (readonly [name: string, value: string])[],
): string {
  const question = redirectUri.indexOf('?')
  const base = question === -1 ? redirectUri : redirectUri.slice(0, question)
  const registered = question === -1 ? [] : redirectUri.slice(question + 1).split('&')
  const answer = [...members, ...(state === '' ? [] : [['state', state]]), ['iss', issuer]]
  const pairs = [
    ...registered.filter((pair) => pair !== '' && !isAnswerMember(pair)),
    ...answer.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`),
  ]
  return `${base}?${pairs.join('&')}`
}

function isAnswerMember(pair: string): boolean {
  const [name = ''] = new URLSearchParams(pair).keys()
  return answerMembers.has(name)
}
