// From an authorize request to the code, as a browser goes (spec 01 §6–8).
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { sha256Base64url } from '../../../src/base/hash.ts'
import { openBrowser } from '../../support/browser.ts'
import {
  answerConsent,
  authorizePath,
  clientAnswer,
  openAuthorize,
  openConsent,
  tickedScopes,
  walkToClient,
  walkToCode,
} from '../../support/browser-walk.ts'
import { openPublicListener, type PublicListener } from '../../support/public-listener.ts'
import { headerOf, type RawResponse } from '../../support/raw-http.ts'
import { scopesOf, seedClient, seedResource } from '../../support/seed.ts'
import { passwordOf, seedUser } from '../../support/seed-users.ts'

const ada = { email: 'ada@example.test', password: passwordOf('ada') }
const callback = 'https://app.test/cb'
const resource = 'https://mcp1.test/mcp'

async function open(t: TestContext, settings: Readonly<Record<string, string>>) {
  const seed = async ({ services }: PublicListener['inline']): Promise<void> => {
    await seedUser(services, 'ada', {})
    const app = {
      secretHash: '',
      grantTypes: ['authorization_code', 'refresh_token'],
      scope: '',
    } as const
    await seedClient(services, 'web', { ...app, redirectUris: [callback] })
    await seedClient(services, 'cli', {
      ...app,
      redirectUris: ['http://127.0.0.1/callback', 'cursor://auth/cb'],
      registrationSource: 'dcr',
    })
    await seedResource(services, 'large', {
      uri: 'https://large.test/mcp',
      scopes: scopesOf(...Array.from({ length: 300 }, (_, index) => `tools/number-${index}`)),
    })
    await seedResource(services, 'mcp1', {
      uri: resource,
      scopes: scopesOf('tools/echo', 'tools/query'),
    })
  }
  const listener = await openPublicListener(new Map(Object.entries(settings)), seed)
  t.after(() => listener.stop())
  return { listener, browser: openBrowser(listener.port, {}) }
}

const webRequest = { client_id: 'web', redirect_uri: callback, resource, scope: 'tools/echo' }

/** Compares an answer with the description of its operation. */
function assertDescribed({ api }: PublicListener, request: string, response: RawResponse): void {
  const [method = '', path = ''] = request.split(' ')
  api.assertDescribed({
    method,
    path,
    requestBody: null,
    status: response.status,
    contentType: headerOf(response, 'content-type'),
    body: response.body,
  })
}

describe('an authorize request', () => {
  it('leads through sign-in and consent to a code for its client', async (t) => {
    const { listener, browser } = await open(t, {})
    const path = authorizePath(webRequest)

    const first = await browser.get(path)
    assertDescribed(listener, 'GET /oauth/authorize', first)
    assert.equal(first.status, 303)
    assert.equal(headerOf(first, 'location'), `/login?redirect=${encodeURIComponent(path)}`)
    assert.deepEqual(listener.inline.rows('SELECT id FROM auth_sessions'), [])

    const page = await openConsent(browser, path, ada)
    assertDescribed(listener, 'GET /consent', page)
    const answer = await answerConsent(browser, page, { action: 'allow', scopes: null })
    assertDescribed(listener, 'POST /consent', answer)
    const { target, members } = clientAnswer(answer)

    assert.equal(target, callback)
    assert.deepEqual([...members.keys()], ['code', 'state', 'iss'])
    assert.match(members.get('code') ?? '', /^[\w-]{43}$/)
    assert.equal(members.get('state'), 's1')
    assert.equal(members.get('iss'), 'https://auth.test')
    const [row] = listener.inline.rows('SELECT * FROM auth_sessions')
    assert.equal(row?.['code_hash'], sha256Base64url(members.get('code') ?? ''))
    assert.equal(row?.['user_id'], 'ada')
    assert.equal(row?.['resource'], resource)
    assert.equal(row?.['scope'], 'tools/echo')
  })

  it('can be for hundreds of scopes', async (t) => {
    const { listener, browser } = await open(t, {})
    const large = { ...webRequest, resource: 'https://large.test/mcp', scope: null }

    await walkToCode(browser, authorizePath(large), ada)

    const [row] = listener.inline.rows('SELECT scope FROM auth_sessions')
    assert.equal(String(row?.['scope']).split(' ').length, 300)
  })

  it('whose consent is stored gets its code at once', async (t) => {
    const { listener, browser } = await open(t, {})
    await walkToCode(browser, authorizePath(webRequest), ada)

    const { members } = clientAnswer(await browser.get(authorizePath(webRequest)))

    assert.match(members.get('code') ?? '', /^[\w-]{43}$/)
    const hashes = listener.inline.rows('SELECT code_hash FROM auth_sessions')
    assert.equal(hashes.length, 2)
    assert.ok(hashes.every((row) => row['code_hash'] !== null))
  })

  it('for more than the stored consent asks again', async (t) => {
    const { browser } = await open(t, {})
    await walkToCode(browser, authorizePath(webRequest), ada)
    const wider = authorizePath({ ...webRequest, scope: 'tools/echo tools/query' })

    assert.deepEqual(tickedScopes(await openConsent(browser, wider, ada)), [
      'tools/echo',
      'tools/query',
    ])
  })

  it('of an issuer with a path stays under it', async (t) => {
    const { browser } = await open(t, { issuer: 'https://auth.test/tenant' })
    const path = `/tenant${authorizePath(webRequest)}`
    const first = await browser.get(path)
    assert.equal(headerOf(first, 'location'), `/tenant/login?redirect=${encodeURIComponent(path)}`)

    const { members } = await walkToClient(browser, path, ada)

    assert.equal(members.get('iss'), 'https://auth.test/tenant')
    assert.ok(members.has('code'))
  })

  it('without a session is not passed on to a client that registered itself', async (t) => {
    const { listener, browser } = await open(t, {})
    const redirect = 'http://127.0.0.1:5000/callback'
    const path = authorizePath({
      client_id: 'cli',
      redirect_uri: redirect,
      scope: 'tools/admin',
      resource,
    })

    const page = await browser.get(path)
    assert.equal(page.status, 400)
    assert.equal(headerOf(page, 'location'), null)
    assertDescribed(listener, 'GET /oauth/authorize', page)
    const link = /<a class="button plain" rel="noreferrer" href="([^"]*)">/.exec(page.body)?.[1]
    assert.ok(link?.startsWith(`${redirect}?error=invalid_scope&amp;error_description=`), page.body)

    const passedOn = clientAnswer(
      await openAuthorize(browser, authorizePath(webRequest), ada).then(() => browser.get(path)),
    )
    assert.equal(passedOn.target, redirect)
    assert.equal(passedOn.members.get('error'), 'invalid_scope')
  })
})

describe('a no', () => {
  it('is told to the client and ends the authorization', async (t) => {
    const { listener, browser } = await open(t, {})
    const page = await openConsent(browser, authorizePath(webRequest), ada)

    const { target, members } = clientAnswer(
      await answerConsent(browser, page, { action: 'deny', scopes: null }),
    )

    assert.equal(target, callback)
    assert.equal(members.get('error'), 'access_denied')
    assert.equal(members.get('state'), 's1')
    assert.equal(members.get('iss'), 'https://auth.test')
    assert.equal(members.has('code'), false)
    assert.deepEqual(listener.inline.rows('SELECT id FROM auth_sessions'), [])
    const again = await answerConsent(browser, page, { action: 'allow', scopes: null })
    assert.equal(again.status, 400)
  })
})

describe('the consent page', () => {
  it('lets its form end at the redirect URI and nowhere else', async (t) => {
    const { browser } = await open(t, {})
    const page = await openConsent(browser, authorizePath(webRequest), ada)
    const policy = headerOf(page, 'content-security-policy') ?? ''
    assert.match(policy, /; form-action 'self' https:\/\/app\.test; base-uri 'none';/)
    assert.equal(headerOf(page, 'cache-control'), 'no-store')

    const app = { client_id: 'cli', redirect_uri: 'cursor://auth/cb', resource, scope: null }
    const ofApp = await openConsent(browser, authorizePath(app), ada)
    const policyOfApp = headerOf(ofApp, 'content-security-policy') ?? ''
    assert.match(policyOfApp, /; form-action 'self' cursor:; base-uri 'none';/)
    assert.match(ofApp.body, /app on this device/)
    assert.deepEqual(tickedScopes(ofApp), ['tools/echo', 'tools/query'])
  })

  it('is shown again for a program on the own computer', async (t) => {
    const { browser } = await open(t, {})
    const app = { client_id: 'cli', redirect_uri: 'http://127.0.0.1:7777/callback', resource }
    const { target } = await walkToClient(browser, authorizePath(app), ada)
    assert.equal(target, 'http://127.0.0.1:7777/callback')

    const page = await openConsent(browser, authorizePath(app), ada)
    assert.match(page.body, /127\.0\.0\.1:7777<\/bdi> <span class="tag">this computer/)
  })
})
