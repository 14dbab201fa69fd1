// What the rows about authorize requests share (spec 09, `AZ{…}`): a server with the clients of the
// catalogue, a browser in which alice is signed in, and what each refusal must leave untouched.
import assert from 'node:assert/strict'
import { type AttackTarget, r1, startTarget, unharmed } from './attack.ts'
import { type Browser, openBrowser, signIn } from './browser.ts'
import { type Account, type AuthorizeParameters, authorizePath } from './browser-walk.ts'
import { headerOf, type RawResponse } from './raw-http.ts'
import { seedClient } from './seed.ts'
import { passwordOf, seedUser } from './seed-users.ts'
import type { StartOptions } from './start-server.ts'

export const callback = 'https://app.test/cb'
export const callbackWithQuery = 'https://app.test/cb?k=v'
export const loopback = 'http://127.0.0.1/cb'
export const appScheme = 'com.example.app:/cb'
export const evilCallback = 'https://evil.test/cb'

export const alice: Account = { email: 'alice@example.test', password: passwordOf('alice') }
export const bob: Account = { email: 'bob@example.test', password: passwordOf('bob') }

/** `AZ{…}`: listed parameters override, null leaves one out. */
export function az(change: AuthorizeParameters): string {
  return authorizePath({
    client_id: 'app',
    redirect_uri: callback,
    scope: 'tools/echo',
    resource: r1,
    ...change,
  })
}

/** A server as `startTarget` makes it, with users and the clients of authorize requests. */
export async function startAuthorizeTarget(options: StartOptions): Promise<AttackTarget> {
  const target = await startTarget({
    ...options,
    seed: async (services) => {
      for (const id of ['alice', 'bob']) await seedUser(services, id, {})
      const app = {
        secretHash: '',
        grantTypes: ['authorization_code', 'refresh_token'],
        scope: 'tools/echo tools/query',
      } as const
      const self = { ...app, registrationSource: 'dcr', scope: '' } as const
      await seedClient(services, 'app', {
        ...app,
        redirectUris: [callback, callbackWithQuery],
      })
      await seedClient(services, 'other', { ...app, redirectUris: [callback] })
      await seedClient(services, 'secretive', {
        grantTypes: ['authorization_code'],
        redirectUris: [callback],
      })
      await seedClient(services, 'loop', { ...self, redirectUris: [loopback] })
      await seedClient(services, 'native', { ...self, redirectUris: [appScheme] })
      await seedClient(services, 'evil', { ...self, redirectUris: [evilCallback] })
      await seedClient(services, 'stopped', {
        ...app,
        redirectUris: [callback],
        status: 'suspended',
      })
      await options.seed?.(services)
    },
  })
  for (const { password } of [alice, bob]) target.remember(password)
  return target
}

/** A browser in which `account` is signed in. */
export async function signedInBrowser(target: AttackTarget, account: Account): Promise<Browser> {
  const browser = openBrowser(target.port, {})
  const answer = await signIn(browser, '/login', account)
  assert.equal(answer.status, 303, answer.body)
  return browser
}

/** Pending authorizations and codes that the server knows. */
export function begun({ rows }: Pick<AttackTarget, 'rows'>): number {
  const [row] = rows('SELECT count(*) AS count FROM auth_sessions')
  return Number(row?.['count'])
}

/** `PAGE`: a page that sends nobody anywhere and leaves nothing behind. */
export async function refusedByPage(
  target: AttackTarget,
  work: () => Promise<RawResponse>,
  status: number,
): Promise<RawResponse> {
  const before = begun(target)
  const response = await unharmed(target, work)
  assert.equal(response.status, status, response.body)
  assert.equal(headerOf(response, 'content-type'), 'text/html; charset=utf-8')
  assert.equal(headerOf(response, 'location'), null)
  assert.equal(headerOf(response, 'cache-control'), 'no-store')
  assert.equal(begun(target), before, 'G1: nothing was begun')
  return response
}

/** `ERR(code)`: the client is told at `target`, exactly once per member, and gets no code. */
export async function refusedByRedirect(
  target: AttackTarget,
  work: () => Promise<RawResponse>,
  expected: { readonly code: string; readonly redirectUri: string },
): Promise<RawResponse> {
  const before = begun(target)
  const response = await unharmed(target, work)
  assert.equal(response.status, 303, response.body)
  const location = headerOf(response, 'location') ?? ''
  assert.ok(location.startsWith(`${expected.redirectUri}?error=`), location)
  const members = [...new URL(location).searchParams]
  assert.deepEqual(
    members.map(([name]) => name),
    ['error', 'error_description', 'state', 'iss'],
  )
  assert.equal(members[0]?.[1], expected.code)
  assert.equal(members[2]?.[1], 's1')
  assert.equal(members[3]?.[1], target.issuer)
  assert.equal(begun(target), before, 'G1: nothing was begun')
  return response
}
