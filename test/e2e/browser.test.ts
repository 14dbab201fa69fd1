// People in a real browser: what they see, and whether they get where they want to, with a mouse,
// with the keyboard alone, in both colour schemes and on a phone. Pictures of the last run stay.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { failuresMax, startWorld, type World } from '../support/browser-world.ts'
import { type Look, noChromium, openWindow, type Window } from '../support/chromium.ts'
import { passwordOf } from '../support/seed-users.ts'
import { maskOutline, outlines, type PageName } from './page-outlines.ts'

const desk: Look = { width: 1280, scheme: 'light' }

describe('people in a browser', { skip: noChromium }, () => {
  let world: World
  let windows: Window[] = []

  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())
  afterEach(async (t) => {
    const opened = windows
    windows = []
    for (const [index, { context, complaints, picture }] of opened.entries()) {
      if (!hasPassed(t)) await picture(`failed-${nameOf(t)}-${index}`)
      await context.close()
      assert.deepEqual(complaints, [])
    }
  })

  async function open(look: Look): Promise<Window> {
    const window = await openWindow(world.browser, look)
    windows.push(window)
    return window
  }

  const url = (path: string): string => world.server.baseUrl + path

  async function signIn(page: Page, id: string, password: string): Promise<void> {
    await page.getByLabel('E-mail address').fill(`${id}@example.test`)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  /** Up to the consent page of `clientId`. */
  async function openConsent(page: Page, clientId: string, userId: string): Promise<void> {
    await page.goto(world.authorizeUrl(clientId, {}))
    await signIn(page, userId, passwordOf(userId))
    await page.getByRole('heading', { name: 'Allow access?' }).waitFor()
  }

  /** What the app gets from the browser. */
  async function answerAtSite(page: Page): Promise<URLSearchParams> {
    await page.getByText('Back in the app.').waitFor()
    return new URL(page.url()).searchParams
  }

  describe('sign-in', () => {
    test('leads on to what was asked for', async () => {
      const { page } = await open(desk)

      await page.goto(url('/account/password'))
      await signIn(page, 'ada', passwordOf('ada'))

      await page.getByRole('heading', { name: 'Change password' }).waitFor()
      assert.equal(page.url(), url('/account/password'))
    })

    test('keeps the address after a wrong password and waits in the other field', async () => {
      const { page } = await open(desk)

      await page.goto(url('/login'))
      await signIn(page, 'ada', 'not-the-password')

      const words = 'The e-mail address or the password is wrong.'
      assert.equal(await textOf(page.getByRole('alert')), words)
      assert.equal(await page.getByLabel('E-mail address').inputValue(), 'ada@example.test')
      assert.equal(await page.locator(':focus').getAttribute('id'), 'password')
      assert.match(await page.title(), /^Error: Sign in · /)
    })

    test('is refused after too many wrong passwords, even with the right one', async () => {
      const { page } = await open(desk)
      await page.goto(url('/login'))
      for (let count = 0; count < failuresMax; count += 1) await signIn(page, 'bob', 'wrong')

      await signIn(page, 'bob', passwordOf('bob'))

      const words = await textOf(page.getByRole('alert'))
      assert.match(words, /^Too many failed attempts\. Try again in \d+ minutes\.$/)
    })

    test('is asked for again after sign-out', async () => {
      const { page } = await open(desk)
      await page.goto(url('/account/password'))
      await signIn(page, 'ada', passwordOf('ada'))

      await page.getByRole('button', { name: 'Sign out' }).click()

      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await page.goBack()
      await page.goto(url('/account/password'))
      assert.match(page.url(), /\/login\?/)
    })
  })

  describe('consent', () => {
    test('allows what is ticked and nothing else', async () => {
      const { page } = await open(desk)
      await openConsent(page, 'site-app', 'ada')

      await page.getByLabel('Write and delete notes in your name').uncheck()
      await page.getByLabel('notes:administer-every-single-workspace').uncheck()
      await page.getByRole('button', { name: 'Allow' }).click()

      const answer = await answerAtSite(page)
      assert.equal(answer.get('iss'), world.server.issuer)
      assert.equal(answer.get('state'), 's1')
      assert.equal(await world.scopeOf('site-app', answer.get('code') ?? ''), 'notes:read')
    })

    test('allows all that is asked for when nothing is changed', async () => {
      const { page } = await open(desk)
      await openConsent(page, 'site-app', 'kay')

      await page.getByRole('button', { name: 'Allow' }).click()

      const code = (await answerAtSite(page)).get('code') ?? ''
      const scope = await world.scopeOf('site-app', code)
      assert.equal(scope.split(' ').length, 3, scope)
    })

    test('is not asked for again where it was remembered', async () => {
      const { page } = await open(desk)

      await page.goto(world.authorizeUrl('site-app', { scope: 'notes:read' }))
      await signIn(page, 'kay', passwordOf('kay'))

      assert.ok((await answerAtSite(page)).has('code'))
    })

    test('can be denied, and the app is told so', async () => {
      const { page } = await open(desk)
      await openConsent(page, 'desk-app', 'ada')

      await page.getByRole('button', { name: 'Deny' }).click()

      const answer = await answerAtSite(page)
      assert.equal(answer.get('error'), 'access_denied')
      assert.equal(answer.get('iss'), world.server.issuer)
      assert.equal(answer.has('code'), false)
    })

    test('of nothing at all is no consent', async () => {
      const { page } = await open(desk)
      await openConsent(page, 'desk-app', 'ada')
      for (const box of await page.locator('input[name=scopes]').all()) await box.uncheck()

      await page.getByRole('button', { name: 'Allow' }).click()

      await page.getByRole('heading', { name: 'Nothing was chosen' }).waitFor()
      assert.ok(page.url().startsWith(url('/consent')), page.url())
    })

    test('says where the answer goes when that is a program on this computer', async () => {
      const { page } = await open(desk)

      await openConsent(page, 'desk-app', 'ada')

      const caution = await textOf(page.getByRole('note'))
      assert.match(caution, /^The answer goes to a program on this computer/)
      const target = await textOf(page.getByRole('definition').filter({ hasText: /^localhost/ }))
      assert.match(target, /^localhost:\d+ this computer$/)
    })
  })

  test('a changed password is the only one that works, and ends other sessions', async () => {
    const [here, elsewhere] = [await open(desk), await open(desk)]
    for (const { page } of [here, elsewhere]) {
      await page.goto(url('/account/password'))
      await signIn(page, 'eve', passwordOf('eve'))
      await page.getByRole('heading', { name: 'Change password' }).waitFor()
    }
    const { page } = here
    await page.getByLabel('Current password').fill(passwordOf('eve'))
    await page.getByLabel('New password', { exact: true }).fill('a brand new password')
    await page.getByLabel('New password again').fill('a brand new password')
    await page.getByRole('button', { name: 'Change password' }).click()
    assert.match(await textOf(page.getByRole('status')), /^Your password is changed\./)

    await elsewhere.page.reload()
    assert.match(elsewhere.page.url(), /\/login\?/, 'the other session is over')
    await signIn(elsewhere.page, 'eve', passwordOf('eve'))
    await elsewhere.page.getByRole('alert').waitFor()
    await signIn(elsewhere.page, 'eve', 'a brand new password')
    await elsewhere.page.getByRole('heading', { name: 'Change password' }).waitFor()
    await page.goto(url('/account/password'))
    assert.equal(page.url(), url('/account/password'), 'this session goes on')
  })

  test('an app that is not known here is no reason to leave the site', async () => {
    const { page } = await open(desk)
    const redirect_uri = 'https://client.test/callback'

    const answer = await page.goto(world.authorizeUrl('nobody', { redirect_uri }))

    assert.equal(answer?.status(), 400)
    assert.ok(page.url().startsWith(world.server.baseUrl))
    await page.getByRole('heading', { name: 'This app is not known here' }).waitFor()
  })

  describe('with the keyboard alone', () => {
    /** What has the focus, after making sure that one can see it. */
    async function focused(page: Page): Promise<string> {
      const focus = page.locator(':focus')
      const style = 'getComputedStyle(document.activeElement).outline'
      const outline = await page.evaluate<string>(style)
      assert.match(outline, /^rgb\(.+\) solid 2px$/, 'the focus can be seen')
      const name = await focus.getAttribute('name')
      return `${name} ${(await focus.getAttribute('value')) ?? ''}`.trim()
    }

    /** Presses Tab until all that can be reached was reached, in order. */
    async function reached(page: Page, count: number): Promise<readonly string[]> {
      const names: string[] = []
      for (let step = 0; step < count; step += 1) {
        await page.keyboard.press('Tab')
        names.push(await focused(page))
      }
      return names
    }

    test('one signs in, narrows and allows', async () => {
      const { page } = await open(desk)
      await page.goto(world.authorizeUrl('desk-app', {}))
      // The browser gives the focus some time after it has shown the page.
      await page.locator('[name=email]:focus').waitFor()
      await page.keyboard.type('kay@example.test')
      await page.keyboard.press('Tab')
      assert.equal(await focused(page), 'password')
      await page.keyboard.type(passwordOf('kay'))
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Allow access?' }).waitFor()

      await page.keyboard.press('Tab')
      assert.equal(await focused(page), 'scopes notes:read')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Space')
      const onward = await reached(page, 4)
      await page.keyboard.press('Enter')

      const expected = ['scopes notes:administer-every-single-workspace', 'remember true']
      assert.deepEqual(onward, [...expected, 'action deny', 'action allow'])
      const code = (await answerAtSite(page)).get('code') ?? ''
      const scopes = 'notes:administer-every-single-workspace notes:read'
      assert.equal(await world.scopeOf('desk-app', code), scopes)
    })

    test('one denies with the space bar', async () => {
      const { page } = await open(desk)
      await openConsent(page, 'desk-app', 'ada')
      await reached(page, 5)

      await page.keyboard.press('Space')

      assert.equal((await answerAtSite(page)).get('error'), 'access_denied')
    })

    test('one reaches every field and button of the account page', async () => {
      const { page } = await open(desk)
      await page.goto(url('/account/password'))
      await signIn(page, 'ada', passwordOf('ada'))
      await page.getByRole('heading', { name: 'Change password' }).waitFor()

      const names = await reached(page, 5)

      assert.deepEqual(names, [
        'current_password',
        'new_password',
        'repeat_password',
        'null',
        'null',
      ])
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    })
  })

  /** Fills in `account` so that it is refused. */
  async function mistype(page: Page): Promise<void> {
    await page.goto(url('/account/password'))
    await page.getByLabel('Current password').fill('whatever')
    await page.getByLabel('New password', { exact: true }).fill('a brand new password')
    await page.getByLabel('New password again').fill('another new password')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('alert').waitFor()
  }

  async function fail(page: Page, id: string, count: number): Promise<void> {
    await page.goto(url('/login'))
    for (let failed = 0; failed < count; failed += 1) await signIn(page, id, 'wrong')
  }

  /** How to get to each page in a window that begins signed out; the later ones are signed in. */
  const ways: Readonly<Record<PageName, (page: Page, look: string) => Promise<unknown>>> = {
    login: (page) => page.goto(url('/login')),
    'login-wrong': (page, look) => fail(page, `wrong-${look}`, 1),
    locked: (page, look) => fail(page, `locked-${look}`, failuresMax + 1),
    help: (page) => page.goto(url('/authorize')),
    'unknown-app': (page) => page.goto(world.authorizeUrl('nobody', {})),
    offer: (page) => page.goto(world.authorizeUrl('desk-app', { code_challenge: null })),
    'consent-site': (page) => openConsent(page, 'site-app', 'ada'),
    'consent-loopback': (page) => page.goto(world.authorizeUrl('desk-app', {})),
    'consent-phone': (page) => page.goto(world.authorizeUrl('phone-app', {})),
    account: (page) => page.goto(url('/account/password')),
    'account-wrong': mistype,
  }

  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280] as const) {
      describe(`every page can be read by everybody in ${scheme} colours, ${width} px wide`, () => {
        let window: Window

        before(async () => {
          window = await openWindow(world.browser, { scheme, width })
        })
        after(async () => {
          await window.context.close()
          assert.deepEqual(window.complaints, [])
        })

        for (const [name, go] of Object.entries(ways) as [PageName, (typeof ways)[PageName]][]) {
          test(name, async () => {
            const { page } = window
            await go(page, `${scheme}-${width}`).finally(() => window.picture(name))

            assert.deepEqual(await window.audit(), [])
            const outline = maskOutline(await page.locator('body').ariaSnapshot())
            assert.equal(outline, outlines[name].slice(1))
          })
        }
      })
    }
  }

  describe('control', () => {
    test('the audit sees pale, small, unnamed and wide things', async () => {
      const { page, audit } = await open(desk)
      await page.goto(
        'data:text/html,<body style="color:%23888;background:%23fff"><p>pale</p><input name=a>' +
          '<button>x</button><div style="width:2000px">wide',
      )

      const findings = await audit()

      for (const finding of [
        /^text "pale": contrast 3\.54$/,
        /^field a: no label$/,
        /^field a: too small$/,
        /^x: \d+(\.\d+)? px high$/,
        /^\d+ px wide in a window of 1280$/,
        /^no language$/,
        /^not one heading$/,
      ]) {
        assert.ok(
          findings.some((one) => finding.test(one)),
          `${finding} in ${findings.join('; ')}`,
        )
      }
    })

    test('a script on a page would be refused, and the refusal would be seen', async () => {
      const window = await openWindow(world.browser, desk)
      await window.page.goto(url('/login'))

      const script = "document.body.append(document.createElement('script'));"
      await window.page.evaluate(
        `${script} document.body.lastChild.textContent = 'globalThis.ran = 1'`,
      )
      const ran = await window.page.evaluate('globalThis.ran')
      await window.context.close()

      assert.equal(ran, undefined)
      assert.match(window.complaints.join(), /Content Security Policy/)
    })
  })
})

async function textOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').trim()
}

/** The hook's context is that of the test. */
function hasPassed(context: object): boolean {
  return 'passed' in context && context.passed === true
}

function nameOf(context: object): string {
  const name = 'name' in context ? String(context.name) : 'test'
  return name.replaceAll(/\W+/g, '-').slice(0, 60)
}
