// Attack catalogue, group HT, at the endpoints for people and for tokens (spec 09): headers, other
// spellings, methods and origins.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { unharmed } from '../support/attack.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { authorizePath, openConsent } from '../support/browser-walk.ts'
import { type GrantTarget, r1Resource, startGrantTarget } from '../support/grant-attack.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { passwordOf } from '../support/seed-users.ts'

let target: GrantTarget

before(async () => {
  target = await startGrantTarget({}, new Map([['allowed-origins', 'https://app.test']]))
})

after(() => target.stop())

const account = { email: 'alice@example.test', password: passwordOf('alice') }
const browse = (): Browser => openBrowser(target.port, {})
const asked = authorizePath({
  client_id: 'pub',
  redirect_uri: 'https://app.test/cb',
  resource: r1Resource.uri,
  scope: 'tools/echo',
})

const ask = (method: string, path: string, headers = ''): Promise<RawResponse> =>
  target.send(
    `${method} ${path} HTTP/1.1\r\nHost: auth.test\r\nConnection: close\r\n` +
      `Content-Length: 0\r\n${headers}\r\n`,
  )

describe('HT-15 the security headers are on', () => {
  const cases: readonly (readonly [string, () => Promise<RawResponse>, number])[] = [
    ['the sign-in page', () => ask('GET', '/login'), 200],
    ['the consent page', () => openConsent(browse(), asked, account), 200],
    ['the page of an error', () => ask('GET', '/oauth/authorize?client_id=nope'), 400],
    ['a redirect to sign-in', () => ask('GET', asked), 303],
    ['a refused form', () => ask('POST', '/login'), 422],
    ['a refused method', () => ask('DELETE', '/oauth/authorize'), 405],
    ['an introspection', () => ask('POST', '/oauth/introspect'), 400],
    ['a revocation', () => ask('POST', '/oauth/revoke'), 400],
    ['a registration', () => ask('POST', '/oauth/register'), 400],
  ]
  for (const [name, request, status] of cases) {
    test(name, async () => {
      const response = await request()

      assert.equal(response.status, status, response.body)
      assert.equal(headerOf(response, 'x-content-type-options'), 'nosniff')
      assert.equal(headerOf(response, 'x-frame-options'), 'DENY')
      assert.equal(headerOf(response, 'referrer-policy'), 'no-referrer')
      assert.match(headerOf(response, 'content-security-policy') ?? '', /^default-src 'none';/)
      if (status !== 405) assert.equal(headerOf(response, 'cache-control'), 'no-store')
    })
  }
})

describe('HT-11 another spelling of a path is another path:', () => {
  const paths = ['/oauth/authorize', '/consent', '/oauth/introspect', '/oauth/revoke', '/logout']
  for (const path of paths) {
    const last = path.slice(1).split('/').at(-1) ?? ''
    const spellings = [
      `/${path}`,
      `${path}/`,
      path.toUpperCase(),
      path.replace(last, `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`),
      `${path};x=y`,
      `${path}%00`,
      `${path}%20`,
      `/x/..${path}`,
      `${path}.json`,
    ]
    test(`of ${path}`, async () => {
      for (const spelling of spellings) {
        for (const method of ['GET', 'POST']) {
          const response = await unharmed(target, () => ask(method, spelling))
          assert.equal(response.status, 404, `${method} ${spelling}`)
        }
      }
    })
  }

  test('control: the paths as they are written are routes', async () => {
    for (const path of paths) {
      const statuses = await Promise.all(['GET', 'POST'].map((method) => ask(method, path)))
      assert.ok(
        statuses.every(({ status }) => status !== 404),
        path,
      )
    }
  })
})

describe('HT-16 scripts of other origins', () => {
  const origin = 'Origin: https://app.test\r\n'
  const isShared = (response: RawResponse): boolean =>
    [...response.headers.keys()].some((name) => name.startsWith('access-control-'))

  for (const path of ['/oauth/authorize', '/login', '/logout', '/consent', '/account/password']) {
    test(`read nothing of ${path}, even when they are allowed elsewhere`, async () => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        assert.equal(isShared(await ask(method, path, origin)), false, method)
      }
    })
  }

  for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/register']) {
    test(`control: they may read ${path}, without credentials`, async () => {
      const response = await ask('POST', path, origin)

      assert.equal(headerOf(response, 'access-control-allow-origin'), 'https://app.test')
      assert.equal(headerOf(response, 'access-control-allow-credentials'), null)
    })
  }
})

test('HT-13 forwarded headers of anybody change no redirect and no cookie', async () => {
  const headers =
    'X-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: http\r\nForwarded: host=evil.test\r\n'
  const plain = await ask('GET', asked)
  const forged = await ask('GET', asked, headers)

  assert.equal(plain.status, 303)
  assert.equal(headerOf(forged, 'location'), headerOf(plain, 'location'))
  assert.doesNotMatch(JSON.stringify([...forged.headers]), /evil\.test/)
})
