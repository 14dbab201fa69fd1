// Attacks across the groups of the catalogue, in browsers: several tabs, several people, and texts
// that people chose (spec 01 §6–8).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { unharmed } from '../support/attack.ts'
import { type Browser, hiddenField, openBrowser, signIn } from '../support/browser.ts'
import {
  answerConsent,
  authorizePath,
  clientAnswer,
  openConsent,
  walkToClient,
} from '../support/browser-walk.ts'
import { type GrantTarget, r1Resource, startGrantTarget } from '../support/grant-attack.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { scopesOf, seedResource } from '../support/seed.ts'
import { seedApp } from '../support/seed-codes.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'

let target: GrantTarget

before(async () => {
  target = await startGrantTarget({})
})

after(() => target.stop())

const account = (id: string) => ({ email: `${id}@example.test`, password: passwordOf(id) })
const browse = (): Browser => openBrowser(target.port, {})

/** An authorize request of `pub` for R1, with changes. */
const asked = (change: Readonly<Record<string, string | null>>): string =>
  authorizePath({
    client_id: 'pub',
    redirect_uri: 'https://app.test/cb',
    resource: r1Resource.uri,
    scope: 'tools/echo',
    ...change,
  })

const isCode = (response: RawResponse): boolean =>
  /[?&]code=/.test(headerOf(response, 'location') ?? '')

test('X-15 of a yes and a no at once exactly one counts', async () => {
  for (let round = 0; round < 10; round += 1) {
    const browser = browse()
    const path = asked({ state: `round-${round}`, scope: 'tools/query tools/echo' })
    const page = await openConsent(browser, path, account('bob'))

    const answers = await Promise.all(
      (['allow', 'deny', 'allow', 'deny'] as const).map((action) =>
        answerConsent(browser, page, { action, scopes: ['tools/echo'] }),
      ),
    )

    const redirected = answers.filter(({ status }) => status === 303).map(clientAnswer)
    assert.equal(redirected.length, 1)
    const [{ members } = { members: new Map() }] = redirected
    assert.ok(members.has('code') !== (members.get('error') === 'access_denied'))
  }
})

describe('X-16 a question that was put to another user of the same browser', () => {
  test('is not answered by the one who is signed in now', async () => {
    const browser = browse()
    const page = await openConsent(browser, asked({}), account('alice'))
    browser.cookies.clear()
    assert.equal((await signIn(browser, '/login', account('bob'))).status, 303)
    const own = await openConsent(browser, asked({ scope: 'tools/query' }), account('bob'))
    const fields = {
      session_id: hiddenField(page, 'session_id') ?? '',
      csrf_token: hiddenField(own, 'csrf_token') ?? '',
      scopes: 'tools/echo',
      action: 'allow',
    }

    for (const action of ['allow', 'deny']) {
      const answer = await unharmed(target, () => browser.post('/consent', { ...fields, action }))
      assert.equal(isCode(answer), false)
      assert.ok(answer.status >= 400, String(answer.status))
    }
    const left = await unharmed(target, () => answerConsent(browser, page, yes))
    assert.equal(isCode(left), false)
  })

  test('control: their own is', async () => {
    const browser = browse()
    const page = await openConsent(browser, asked({ state: 'own' }), account('alice'))

    assert.equal(isCode(await answerConsent(browser, page, yes)), true)
  })
})

const yes = { action: 'allow', scopes: ['tools/echo'] } as const

describe('X-25 a question whose client has changed while its page was open', () => {
  for (const [name, change] of [
    ['lost the redirect URI', `redirect_uris = '["https://app.test/other"]'`],
    ['was suspended', "status = 'suspended'"],
  ] as const) {
    test(`is not answered to a client that ${name}`, async () => {
      const id = `changed-${name.length}`
      await seedApp(target.inline.services, id, {})
      const browser = browse()
      const page = await openConsent(browser, asked({ client_id: id }), account('alice'))
      target.inline.execute(`UPDATE clients SET ${change} WHERE id = '${id}'`)

      for (const action of ['allow', 'deny'] as const) {
        const send = () => answerConsent(browser, page, { ...yes, action })
        const answer = await unharmed(target, send)
        assert.equal(headerOf(answer, 'location'), null)
        assert.ok(answer.status >= 400, String(answer.status))
      }
    })
  }
})

test('X-18 a HEAD, as previews send it, issues nothing where a GET would', async () => {
  await seedUser(target.inline.services, 'hera', {})
  const browser = browse()
  await walkToClient(browser, asked({}), account('hera'))
  const head = (path: string) => () =>
    browser.send(`HEAD ${path} HTTP/1.1\r\nHost: auth.test\r\n{cookies}Connection: close\r\n\r\n`)
  const pending = () => target.inline.rows('SELECT id FROM auth_sessions').length
  const before = pending()

  const answer = await unharmed(target, head(asked({ state: 'preview' })))

  assert.equal(answer.status, 405)
  assert.equal(headerOf(answer, 'allow'), 'GET')
  assert.equal(pending(), before)
  const control = await browser.get(asked({ state: 'real' }))
  assert.equal(isCode(control), true, 'the consent is remembered')
})

test('X-19 names that people and resources have are text on every page', async () => {
  const { services } = target.inline
  const hostile = '"><img src=x onerror=alert(1)>\u202e<script>alert(1)</script>'
  await seedUser(services, 'mallory', { name: hostile })
  await seedResource(services, 'hostile', {
    displayName: hostile,
    scopes: [{ name: 'tools/echo', description: hostile, upstream: '' }],
  })
  await seedApp(services, 'hostile-app', { name: hostile })
  const browser = browse()
  const path = asked({ client_id: 'hostile-app', resource: 'https://hostile.test/mcp' })
  const consent = await openConsent(browser, path, account('mallory'))
  const pages = [
    consent,
    await browser.get('/account/password'),
    await browser.get('/login'),
    await browser.get(asked({ client_id: hostile })),
    await browser.get(asked({ client_id: 'hostile-app', redirect_uri: hostile })),
    await browser.get(`/consent?session_id=${encodeURIComponent(hostile)}`),
    await browser.get(`/login?redirect=${encodeURIComponent(`/${hostile}`)}`),
  ]

  for (const { body, headers } of pages) {
    assert.doesNotMatch(body, /<img|<script|onerror=alert\(1\)>/)
    const policy = headers.get('content-security-policy')?.join() ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /script-src (?!'none')/)
  }
  assert.match(consent.body, /&lt;img|&#60;img/, 'the name is shown, as text')
})

test('X-20 a password that was changed shuts out whoever knew the old one', async () => {
  await seedUser(target.inline.services, 'nina', {})
  const thief = browse()
  await signIn(thief, '/login', account('nina'))
  assert.equal((await thief.get('/account/password')).status, 200)
  const owner = browse()
  await signIn(owner, '/login', account('nina'))
  const page = await owner.get('/account/password')
  target.clock.advance(1000)
  const changed = await owner.post('/account/password', {
    csrf_token: hiddenField(page, 'csrf_token') ?? '',
    current_password: passwordOf('nina'),
    new_password: 'another long password',
    repeat_password: 'another long password',
  })
  assert.ok(changed.status < 400, changed.body)

  assert.equal((await thief.get('/account/password')).status, 303)
  assert.equal((await signIn(browse(), '/login', account('nina'))).status, 422)
  const fresh = { email: 'nina@example.test', password: 'another long password' }
  assert.equal((await signIn(browse(), '/login', fresh)).status, 303)
})

test('X-21 a form that was left open is worth nothing after sign-out', async () => {
  await seedUser(target.inline.services, 'otto', {})
  const browser = browse()
  const page = await openConsent(browser, asked({}), account('otto'))
  const kept = new Map(browser.cookies)
  const password = await browser.get('/account/password')
  const csrf_token = hiddenField(password, 'csrf_token') ?? ''
  const gone = await browser.post('/logout', { csrf_token })
  assert.ok(gone.status < 400, gone.body)
  for (const [name, value] of kept) browser.cookies.set(name, value)

  const answer = await unharmed(target, () => answerConsent(browser, page, yes))

  assert.equal(isCode(answer), false)
})

test('X-22 a remembered consent opens nothing for a narrower or other resource', async () => {
  const { services } = target.inline
  await seedUser(services, 'pia', {})
  await seedResource(services, 'neighbour', { scopes: scopesOf('tools/echo') })
  const browser = browse()
  await walkToClient(browser, asked({}), account('pia'))
  assert.equal(isCode(await browser.get(asked({ state: 'again' }))), true)

  for (const change of [
    { resource: 'https://neighbour.test/mcp' },
    { resource: null },
    { scope: 'tools/echo tools/query' },
    { client_id: 'pub2' },
  ]) {
    const answer = await browser.get(asked(change))
    assert.equal(isCode(answer), false, JSON.stringify(change))
  }
})
