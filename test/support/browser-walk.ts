// The way of a user through a browser, from a client's authorize request to its code: sign-in,
// consent, redirect. Every step is a request of its own, so that a test can stop anywhere.
import assert from 'node:assert/strict'
import { sha256Base64url } from '../../src/base/hash.ts'
import { type Browser, formAction, hiddenField, signIn } from './browser.ts'
import { headerOf, type RawResponse } from './raw-http.ts'

/** What a client puts into its query; null leaves a parameter out. */
export type AuthorizeParameters = Readonly<Record<string, string | null>>

/** The verifier that belongs to the challenge of `authorizePath`. */
export const walkVerifier = 'walk-verifier-0123456789-abcdefghijklmnopqrs'

export interface Account {
  readonly email: string
  readonly password: string
}

/** What came back to the client. */
export interface ClientAnswer {
  /** The whole location, as sent. */
  readonly location: string
  /** The redirect URI without its query. */
  readonly target: string
  /** Members of the query; a repeated one fails the test. */
  readonly members: ReadonlyMap<string, string>
}

/** Path and query of an authorize request with PKCE, with changes. */
export function authorizePath(parameters: AuthorizeParameters): string {
  const all: AuthorizeParameters = {
    response_type: 'code',
    state: 's1',
    code_challenge: sha256Base64url(walkVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  }
  const pairs = Object.entries(all)
    .filter((pair): pair is [string, string] => pair[1] !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `/oauth/authorize?${pairs.join('&')}`
}

/** Reads a redirect to a client. */
export function clientAnswer(response: RawResponse): ClientAnswer {
  const location = headerOf(response, 'location') ?? ''
  assert.equal(response.status, 303, response.body)
  assert.match(location, /^[a-z][a-z0-9+.-]*:/i, 'the browser leaves this server')
  const [target = '', query = ''] = location.split('?', 2)
  const members = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    assert.equal(members.has(name), false, `${name} is repeated`)
    members.set(name, value)
  }
  return { location, target, members }
}

/** Opens an authorize request, signing in on the way if the server asks for it. */
export async function openAuthorize(
  browser: Browser,
  path: string,
  account: Account,
): Promise<RawResponse> {
  const first = await browser.get(path)
  const location = headerOf(first, 'location') ?? ''
  if (!/^[^?:]*\/login\?/.test(location)) return first
  const signedIn = await signIn(browser, location, account)
  assert.equal(signedIn.status, 303, signedIn.body)
  return browser.get(headerOf(signedIn, 'location') ?? '')
}

/** Opens an authorize request up to its consent page. */
export async function openConsent(
  browser: Browser,
  path: string,
  account: Account,
): Promise<RawResponse> {
  const onward = await openAuthorize(browser, path, account)
  const location = headerOf(onward, 'location') ?? ''
  assert.match(location, /^[^?:]*\/consent\?session_id=[\w-]{22}$/, onward.body)
  const page = await browser.get(location)
  assert.equal(page.status, 200, page.body)
  return page
}

/** The scopes on a consent page that are ticked. */
export function tickedScopes({ body }: RawResponse): readonly string[] {
  const pattern = /<input type="checkbox" name="scopes" value="([^"]*)" checked>/g
  return [...body.matchAll(pattern)].map(([, name = '']) => name)
}

/** Sends the form of a consent page; `scopes` null = as they are ticked. */
export function answerConsent(
  browser: Browser,
  page: RawResponse,
  answer: { readonly action: 'allow' | 'deny'; readonly scopes: readonly string[] | null },
): Promise<RawResponse> {
  return browser.post(formAction(page), {
    session_id: hiddenField(page, 'session_id') ?? '',
    csrf_token: hiddenField(page, 'csrf_token') ?? '',
    scopes: answer.scopes ?? tickedScopes(page),
    remember: 'true',
    action: answer.action,
  })
}

/**
 * The whole way: signs in if need be, allows all that is asked, if anything is, and returns what
 * the client gets.
 */
export async function walkToClient(
  browser: Browser,
  path: string,
  account: Account,
): Promise<ClientAnswer> {
  const onward = await openAuthorize(browser, path, account)
  const location = headerOf(onward, 'location') ?? ''
  if (!/^[^?:]*\/consent\?/.test(location)) return clientAnswer(onward)
  const page = await browser.get(location)
  return clientAnswer(await answerConsent(browser, page, { action: 'allow', scopes: null }))
}

/** The code at the end of the whole way. */
export async function walkToCode(
  browser: Browser,
  path: string,
  account: Account,
): Promise<string> {
  const { members, location } = await walkToClient(browser, path, account)
  const code = members.get('code')
  assert.ok(code !== undefined, `a code in ${location}`)
  return code
}
