// Sign-in, sign-out and change of password as a browser does them (spec 01 §7, B38).
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Browser, hiddenField, openBrowser, signIn } from '../../support/browser.ts'
import { openPublicListener, type PublicListener } from '../../support/public-listener.ts'
import { headerOf, type RawResponse } from '../../support/raw-http.ts'
import { passwordOf, seedUser } from '../../support/seed-users.ts'

const ada = { email: 'ada@example.test', password: passwordOf('ada') }

async function open(t: TestContext, settings: Readonly<Record<string, string>>) {
  const listener = await openPublicListener(new Map(Object.entries(settings)), ({ services }) =>
    seedUser(services, 'ada', {}).then(() => undefined),
  )
  t.after(() => listener.stop())
  return { listener, browser: openBrowser(listener.port, {}) }
}

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

describe('sign-in', () => {
  it('leads to where the browser came from, with a session', async (t) => {
    const { listener, browser } = await open(t, {})

    const answer = await signIn(browser, '/login?redirect=/account/password', ada)

    assert.equal(answer.status, 303)
    assert.equal(headerOf(answer, 'location'), '/account/password')
    assert.equal(headerOf(answer, 'cache-control'), 'no-store')
    const [cookie = '', ...attributes] = (headerOf(answer, 'set-cookie') ?? '').split('; ')
    assert.match(cookie, /^authserver_session=ada\|[\w-]{36}\|\d+\|[\w-]{43}$/)
    assert.deepEqual(attributes, ['Path=/', 'Max-Age=86400', 'HttpOnly', 'SameSite=Lax'])
    assertDescribed(listener, 'POST /login', answer)
    assert.equal((await browser.get('/account/password')).status, 200)
  })

  it('leads to the root when the browser came from nowhere', async (t) => {
    const { browser } = await open(t, {})

    assert.equal(headerOf(await signIn(browser, '/login', ada), 'location'), '/')
  })

  it('uses cookies for https alone when browsers come by https', async (t) => {
    const { browser } = await open(t, { secure: 'true' })

    assert.match(headerOf(await signIn(browser, '/login', ada), 'set-cookie') ?? '', /; Secure$/)
  })

  it('keeps the nonce of a second tab', async (t) => {
    const { browser } = await open(t, {})
    const first = await browser.get('/login')
    const second = await browser.get('/login')

    assert.equal(headerOf(second, 'set-cookie'), null)
    assert.equal(hiddenField(second, 'csrf_token'), hiddenField(first, 'csrf_token'))
  })

  it('that fails shows the page again, with the address and without the password', async (t) => {
    const { listener, browser } = await open(t, {})

    const answer = await signIn(browser, '/login?redirect=/account/password', {
      ...ada,
      password: 'not-the-password',
    })

    assert.equal(answer.status, 422)
    assert.match(answer.body, /role="alert"[\s\S]*address or the password is wrong/)
    assert.match(answer.body, /value="ada@example\.test"/)
    assert.equal(hiddenField(answer, 'redirect'), '/account/password')
    assert.doesNotMatch(answer.body, /not-the-password/)
    assert.equal(browser.cookies.has('authserver_session'), false)
    assertDescribed(listener, 'POST /login', answer)
  })

  it('with the form of another browser is refused', async (t) => {
    const { listener, browser } = await open(t, {})
    const other = openBrowser(listener.port, {})
    const token = hiddenField(await other.get('/login'), 'csrf_token') ?? ''
    await browser.get('/login')

    const answer = await browser.post('/login', { csrf_token: token, ...ada })

    assert.equal(answer.status, 422)
    assert.match(answer.body, /This form has expired/)
    assert.equal(browser.cookies.has('authserver_session'), false)
  })

  it('that is locked out says for how long', async (t) => {
    const { listener, browser } = await open(t, {})
    const wrong = { ...ada, password: 'wrong' }
    for (let count = 0; count < 10; count++) await signIn(browser, '/login', wrong)

    const answer = await signIn(browser, '/login', ada)

    assert.equal(answer.status, 429)
    const seconds = Number(headerOf(answer, 'retry-after'))
    assert.ok(seconds > 890 && seconds <= 900, String(seconds))
    assert.match(answer.body, /Too many failed attempts\. Try again in 15 minutes\./)
    assertDescribed(listener, 'POST /login', answer)
  })

  it('that the server cannot check is no failure of the user', async (t) => {
    const { listener, browser } = await open(t, {})
    await listener.inline.stopActor('passwordPool')

    const answer = await signIn(browser, '/login', ada)

    assert.equal(answer.status, 503)
    assert.equal(headerOf(answer, 'retry-after'), '1')
    assert.match(answer.body, /<h1>Busy right now<\/h1>/)
    assertDescribed(listener, 'POST /login', answer)
  })
})

describe('sign-out', () => {
  it('ends the session on the server and clears both cookies', async (t) => {
    const { listener, browser } = await open(t, {})
    await signIn(browser, '/login', ada)
    const session = browser.cookies.get('authserver_session') ?? ''

    const answer = await browser.post('/logout', {})

    assert.equal(answer.status, 303)
    assert.equal(headerOf(answer, 'location'), '/login')
    assert.deepEqual([...browser.cookies], [])
    assertDescribed(listener, 'POST /logout', answer)
    browser.cookies.set('authserver_session', session)
    assert.equal((await browser.get('/account/password')).status, 303)
  })

  it('that cannot be recorded is not claimed', async (t) => {
    const { listener, browser } = await open(t, {})
    await signIn(browser, '/login', ada)
    await listener.inline.stopActor('storage')

    assert.equal((await browser.post('/logout', {})).status, 503)
    assert.equal(browser.cookies.has('authserver_session'), true)
  })
})

describe('the page for a new password', () => {
  const fields = (page: RawResponse, change: Readonly<Record<string, string>>) => ({
    csrf_token: hiddenField(page, 'csrf_token') ?? '',
    current_password: ada.password,
    new_password: 'a new password',
    repeat_password: 'a new password',
    ...change,
  })
  const openPage = async (browser: Browser): Promise<RawResponse> => {
    await signIn(browser, '/login', ada)
    return browser.get('/account/password')
  }

  it('names who is signed in', async (t) => {
    const { listener, browser } = await open(t, {})
    const page = await openPage(browser)

    assert.equal(page.status, 200)
    assert.match(page.body, /signed in as <strong>ada@example\.test<\/strong>/)
    assertDescribed(listener, 'GET /account/password', page)
  })

  it('changes the password and goes on under a new cookie', async (t) => {
    const { listener, browser } = await open(t, {})
    const page = await openPage(browser)
    const former = browser.cookies.get('authserver_session') ?? ''

    const answer = await browser.post('/account/password', fields(page, {}))

    assert.equal(answer.status, 200)
    assert.match(answer.body, /role="status"[\s\S]*Your password is changed/)
    assertDescribed(listener, 'POST /account/password', answer)
    assert.notEqual(browser.cookies.get('authserver_session'), former)
    assert.equal((await browser.get('/account/password')).status, 200)
    const elsewhere = openBrowser(listener.port, {})
    elsewhere.cookies.set('authserver_session', former)
    assert.equal((await elsewhere.get('/account/password')).status, 303)
    const again = await signIn(elsewhere, '/login', { ...ada, password: 'a new password' })
    assert.equal(again.status, 303)
  })

  const mistakes = [
    {
      change: { current_password: 'wrong' },
      field: 'current_password',
      says: /current password is wrong/,
    },
    { change: { repeat_password: 'other' }, field: 'repeat_password', says: /not the same/ },
    {
      change: { new_password: 'short', repeat_password: 'short' },
      field: 'new_password',
      says: /at least 8 characters/,
    },
  ]
  for (const { change, field, says } of mistakes) {
    it(`points at ${field} when that is wrong, and changes nothing`, async (t) => {
      const { listener, browser } = await open(t, {})
      const page = await openPage(browser)

      const answer = await browser.post('/account/password', fields(page, change))

      assert.equal(answer.status, 422)
      assert.match(answer.body, says)
      assert.match(answer.body, new RegExp(`id="${field}"[^>]*aria-invalid="true"`))
      assertDescribed(listener, 'POST /account/password', answer)
      assert.equal((await signIn(browser, '/login', ada)).status, 303)
    })
  }

  it('takes no form of another session', async (t) => {
    const { listener, browser } = await open(t, {})
    const page = await openPage(browser)
    const other = openBrowser(listener.port, {})
    await signIn(other, '/login', ada)

    const answer = await other.post('/account/password', fields(page, {}))

    assert.equal(answer.status, 403)
    assertDescribed(listener, 'POST /account/password', answer)
  })

  it('is not there for users whose password is kept elsewhere', async (t) => {
    const { listener, browser } = await open(t, {})
    await signIn(browser, '/login', ada)
    listener.inline.execute(
      `UPDATE users SET provider = 'oidc', provider_sub = 's',
       provider_issuer = 'https://idp.test'`,
    )

    const page = await browser.get('/account/password')

    assert.equal(page.status, 403)
    assert.match(page.body, /Your password is not kept here/)
  })
})
