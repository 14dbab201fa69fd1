// Attack catalogue, group CS: consent (spec 09), and CM-21, CM-23, which are about what it shows
// and remembers. CS-12 in a real browser is in test/e2e/browser.test.ts.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AttackTarget, r2, unharmed } from '../support/attack.ts'
import {
  alice,
  az,
  begun,
  bob,
  callback,
  refusedByPage,
  signedInBrowser,
  startAuthorizeTarget,
} from '../support/authorize-attack.ts'
import { type Browser, type FormFields, hiddenField, openBrowser } from '../support/browser.ts'
import {
  answerConsent,
  clientAnswer,
  openAuthorize,
  openConsent,
  walkToClient,
} from '../support/browser-walk.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { scopesOf, seedClient, seedResource } from '../support/seed.ts'

const hostile = `"><script>alert(1)</script>`
const documentId = 'https://evil.test/claude.json'

let target: AttackTarget
let browser: Browser

before(async () => {
  target = await startAuthorizeTarget({
    environment: { AUTHPLANE_CIMD_ENABLED: 'false' },
    seed: async (services) => {
      const app = { secretHash: '', grantTypes: ['authorization_code'], scope: '' } as const
      const twin = { ...app, name: 'One name', redirectUris: [callback] }
      await seedClient(services, 'first', twin)
      await seedClient(services, 'twin', twin)
      await seedClient(services, 'hostile', { ...twin, name: hostile })
      await seedClient(services, documentId, {
        ...twin,
        name: 'Claude',
        registrationSource: 'cimd',
        cimdUrl: documentId,
      })
      await seedResource(services, 'hostile', {
        uri: 'https://hostile.test/mcp',
        displayName: hostile,
        scopes: [{ name: 'read', description: hostile, upstream: '' }, ...scopesOf('write')],
      })
    },
  })
  browser = await signedInBrowser(target, alice)
})

after(() => target.stop())

/** Codes that were ever issued. */
const codes = (): number =>
  Number(
    target.rows('SELECT count(*) AS count FROM auth_sessions WHERE code_hash IS NOT NULL')[0]?.[
      'count'
    ],
  )

const ask = (change: Readonly<Record<string, string | null>>) =>
  openConsent(
    browser,
    az({ client_id: 'loop', redirect_uri: 'http://127.0.0.1:7/cb', ...change }),
    alice,
  )

/** The form of a consent page as a browser would send it, with changes. */
const form = (page: RawResponse, change: FormFields): FormFields => ({
  session_id: hiddenField(page, 'session_id') ?? '',
  csrf_token: hiddenField(page, 'csrf_token') ?? '',
  scopes: 'tools/echo',
  action: 'allow',
  ...change,
})

/** The form is refused with `status`, and no code comes of it. */
async function refused(by: Browser, fields: FormFields, status: number): Promise<void> {
  const before = codes()
  await refusedByPage(target, () => by.post('/consent', fields), status)
  assert.equal(codes(), before, 'no code was issued')
}

describe('CS-01 request forgery', () => {
  test('a form without, with a wrong or with the token of another user is refused', async () => {
    const page = await ask({})
    const other = await signedInBrowser(target, bob)
    const theirs = await openConsent(other, az({}), bob)
    await refused(browser, form(page, { csrf_token: '' }), 403)
    await refused(browser, form(page, { csrf_token: 'x'.repeat(43) }), 403)
    const foreign = hiddenField(theirs, 'csrf_token') ?? ''
    await refused(browser, form(page, { csrf_token: foreign }), 403)
    await refused(browser, form(page, { csrf_token: foreign, action: 'deny' }), 403)

    const answer = await answerConsent(browser, page, { action: 'allow', scopes: null })
    assert.ok(clientAnswer(answer).members.has('code'), 'control')
  })

  test('a form of somebody who is not signed in is refused', async () => {
    const page = await ask({})
    await refused(openBrowser(target.port, {}), form(page, {}), 401)
  })
})

describe('CS-02 a pending request of somebody else', () => {
  test('can neither be seen, nor allowed, nor denied', async () => {
    const other = await signedInBrowser(target, bob)
    const theirs = await openConsent(other, az({}), bob)
    const own = await ask({})
    const foreign = hiddenField(theirs, 'session_id') ?? ''
    const path = `/consent?session_id=${foreign}`
    await refusedByPage(target, () => browser.get(path), 400)
    await refused(browser, form(own, { session_id: foreign }), 400)
    await refused(browser, form(own, { session_id: foreign, action: 'deny' }), 400)

    const answer = await answerConsent(other, theirs, { action: 'allow', scopes: null })
    assert.ok(clientAnswer(answer).members.has('code'), 'control: it is still there for bob')
  })

  test('began before sign-in belongs to nobody', async () => {
    const page = await ask({})
    const id = hiddenField(page, 'session_id') ?? ''
    target.execute(`UPDATE auth_sessions SET user_id = '' WHERE id = '${id}'`)
    await refused(browser, form(page, {}), 400)
  })
})

test('CS-04 names of others are text, and no script may run', async () => {
  const page = await openConsent(
    browser,
    az({ client_id: 'hostile', resource: 'https://hostile.test/mcp', scope: 'read write' }),
    alice,
  )
  assert.equal(page.body.includes('<script'), false)
  assert.equal(page.body.split('&lt;script&gt;').length - 1, 4, 'client, resource twice, scope')
  const policy = headerOf(page, 'content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /script-src/)
})

test('CS-05 scopes that were not asked for are not granted', async () => {
  const page = await ask({})
  await refused(browser, form(page, { scopes: ['tools/echo', 'tools/query'] }), 400)
  await refused(browser, form(page, { scopes: 'tools/echo tools/query' }), 400)
  await refused(browser, form(page, { scopes: 'tools/admin' }), 400)

  const narrow = await ask({ scope: 'tools/echo tools/query' })
  const answer = await answerConsent(browser, narrow, { action: 'allow', scopes: ['tools/query'] })
  assert.ok(clientAnswer(answer).members.has('code'))
  const id = hiddenField(narrow, 'session_id') ?? ''
  const [row] = target.rows('SELECT scope FROM auth_sessions WHERE id = ?', id)
  assert.equal(row?.['scope'], 'tools/query', 'control: a narrower answer is what counts')
})

test('CS-06 nothing selected is no yes', async () => {
  const page = await ask({})
  await refused(browser, form(page, { scopes: [] }), 400)
  await refused(browser, form(page, { scopes: '' }), 400)
  await refused(browser, form(page, { action: 'maybe' }), 400)
})

describe('CS-07 replay', () => {
  test('the same form again gets no second code', async () => {
    const page = await ask({})
    const first = await answerConsent(browser, page, { action: 'allow', scopes: null })
    assert.ok(clientAnswer(first).members.has('code'))
    await refused(browser, form(page, {}), 400)
    await refused(browser, form(page, { action: 'deny' }), 400)
  })

  test('twenty at once get one code', async () => {
    const page = await ask({})
    const before = codes()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.post('/consent', form(page, {}))),
    )
    const redirected = answers.filter(({ status }) => status === 303)
    assert.equal(redirected.length, 1)
    assert.ok(answers.every(({ status }) => status === 303 || status === 400))
    assert.equal(codes(), before + 1)
  })
})

test('CS-08 nothing is granted by GET', async () => {
  const page = await ask({})
  const before = codes()
  const query = new URLSearchParams(form(page, {}) as Record<string, string>).toString()
  const answer = await unharmed(target, () => browser.get(`/consent?${query}`))
  assert.equal(answer.status, 200)
  assert.equal(codes(), before)
})

describe('CS-09 consent bleed', () => {
  test('another client, user, scope or resource is asked about', async () => {
    const own = await walkToClient(browser, az({ client_id: 'first' }), alice)
    assert.ok(own.members.has('code'))
    assert.ok(
      clientAnswer(await browser.get(az({ client_id: 'first' }))).members.has('code'),
      'control: remembered',
    )

    await openConsent(browser, az({ client_id: 'twin' }), alice)
    await openConsent(await signedInBrowser(target, bob), az({ client_id: 'first' }), bob)
    await openConsent(browser, az({ client_id: 'first', scope: 'tools/echo tools/query' }), alice)
    await openConsent(browser, az({ client_id: 'first', resource: r2 }), alice)
    await openConsent(browser, az({ client_id: 'first', resource: null }), alice)
  })

  test('a revoked consent is no consent', async () => {
    await walkToClient(browser, az({ client_id: 'other' }), alice)
    assert.equal((await openAuthorize(browser, az({ client_id: 'other' }), alice)).status, 303)
    target.execute(`UPDATE consent_grants SET revoked_at = updated_at WHERE client_id = 'other'`)
    await openConsent(browser, az({ client_id: 'other' }), alice)
  })
})

test('CS-10 a program on the own computer is asked about every time', async () => {
  const loop = az({ client_id: 'loop', redirect_uri: 'http://127.0.0.1:7/cb' })
  const native = az({ client_id: 'native', redirect_uri: 'com.example.app:/cb' })
  for (const path of [loop, native]) {
    await walkToClient(browser, path, alice)
    await openConsent(browser, path, alice)
  }
})

test('CS-11 a no is told to the client, and ends the request', async () => {
  const page = await ask({})
  const before = begun(target)
  const answer = await answerConsent(browser, page, { action: 'deny', scopes: null })
  const { members } = clientAnswer(answer)
  assert.equal(members.get('error'), 'access_denied')
  assert.equal(members.get('state'), 's1')
  assert.equal(members.get('iss'), target.issuer)
  assert.equal(begun(target), before - 1)
})

test('CS-12 the form can end at this server and at the client alone', async () => {
  const page = await openConsent(browser, az({ client_id: 'secretive' }), alice)
  const policy = headerOf(page, 'content-security-policy') ?? ''
  assert.match(policy, /; form-action 'self' https:\/\/app\.test; base-uri 'none';/)
})

test('CS-16 no page is kept', async () => {
  const pages = [
    await browser.get('/login'),
    await ask({}),
    await browser.get('/consent'),
    await browser.get(az({ client_id: 'nope' })),
    await browser.get(az({})),
  ]
  for (const page of pages) assert.equal(headerOf(page, 'cache-control'), 'no-store')
})

describe('clients that describe themselves', () => {
  const path = az({ client_id: documentId })

  test('CM-21 the page shows whose document it is, and where the answer goes', async () => {
    const page = await openConsent(browser, path, alice)
    assert.match(page.body, /<dt>Published by<\/dt><dd><bdi>evil\.test<\/bdi><\/dd>/)
    assert.match(page.body, /<dt>Returns to<\/dt><dd><bdi>app\.test<\/bdi><\/dd>/)
  })

  test('CM-23 a consent is not reused once the document has changed', async () => {
    await walkToClient(browser, path, alice)
    assert.ok(clientAnswer(await browser.get(path)).members.has('code'), 'control: remembered')
    target.execute(`UPDATE clients SET updated_at = '2099-01-01T00:00:00.000Z'
      WHERE id = '${documentId}'`)
    await openConsent(browser, path, alice)
  })
})
