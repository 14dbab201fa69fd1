// Attack catalogue, group LG: sign-in and browser sessions (spec 09). The row about the cost of
// hashing is in lg-flood.test.ts, the one about time in lg-timing.test.ts.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createLockout } from '../../src/oauth/lockout.ts'
import { type AttackTarget, ccBody, issues, startTarget } from '../support/attack.ts'
import { type Browser, hiddenField, openBrowser, signIn } from '../support/browser.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'
import { testSettings } from '../support/settings.ts'

const people = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida']

let target: AttackTarget

before(async () => {
  target = await startTarget({
    environment: { AUTHPLANE_SERVER_TRUSTED_PROXIES: '127.0.0.2/32' },
    seed: async (services) => {
      for (const id of people) await seedUser(services, id, {})
    },
  })
  for (const id of people) target.remember(passwordOf(id))
})

after(() => target.stop())

const account = (id: string) => ({ email: `${id}@example.test`, password: passwordOf(id) })
const browse = (): Browser => openBrowser(target.port, {})

/** A page that only somebody who is signed in gets to see. */
async function isSignedIn(browser: Browser): Promise<boolean> {
  const page = await browser.get('/account/password')
  if (page.status === 200) return true
  assert.equal(page.status, 303)
  assert.equal(headerOf(page, 'location'), '/login?redirect=%2Faccount%2Fpassword')
  return false
}

/** A browser in which `id` is signed in: the positive control of a row. */
async function signedIn(id: string): Promise<Browser> {
  const browser = browse()
  const answer = await signIn(browser, '/login', account(id))
  assert.equal(answer.status, 303, answer.body)
  assert.equal(await isSignedIn(browser), true)
  return browser
}

async function fail(browser: Browser, email: string): Promise<RawResponse> {
  return signIn(browser, '/login', { email, password: 'not-the-password' })
}

describe('LG-01 enumeration by body', () => {
  test('an unknown address gets the bytes that a wrong password gets', async () => {
    const browser = browse()
    const known = await fail(browser, 'ada@example.test')
    const unknown = await fail(browser, 'xda@example.test')

    assert.equal(known.status, 422)
    assert.equal(unknown.status, 422)
    assert.equal(unknown.body, known.body.replaceAll('ada@', 'xda@'))
    const names = (response: RawResponse) => [...response.headers.keys()].toSorted()
    assert.deepEqual(names(unknown), names(known))
  })

  test('control: the right password gets something else', async () => {
    await signedIn('ada')
  })
})

describe('LG-03 lockout', () => {
  test('ten failures lock an identity out, and nobody else', async () => {
    const browser = browse()
    for (let count = 0; count < 10; count++) {
      assert.equal((await fail(browser, 'bob@example.test')).status, 422)
    }

    const locked = await signIn(browser, '/login', account('bob'))
    assert.equal(locked.status, 429)
    const seconds = Number(headerOf(locked, 'retry-after'))
    assert.ok(seconds > 880 && seconds <= 900, String(seconds))
    assert.equal(browser.cookies.has('authserver_session'), false)

    await signedIn('ada')
    await issues(target, () => target.token(ccBody('conf', {})))
    assert.equal((await browser.get('/.well-known/jwks.json')).status, 200)
  })
})

describe('LG-04 evasion of the lockout', () => {
  test('spellings of an address are one identity', async () => {
    const browser = browse()
    const spellings = [
      'cyd@example.test',
      'CYD@example.test',
      ' cyd@Example.Test ',
      '\uff43yd@example.test',
    ]
    for (let count = 0; count < 10; count++) {
      await fail(browser, spellings[count % spellings.length] ?? '')
    }

    for (const email of spellings) assert.equal((await fail(browser, email)).status, 429, email)
  })

  test('a forwarded address of anybody counts for nothing', async () => {
    for (let count = 0; count < 10; count++) {
      const browser = openBrowser(target.port, {
        'X-Forwarded-For': `198.51.100.${count}`,
        'X-Real-IP': `198.51.100.${count}`,
        Forwarded: `for=198.51.100.${count}`,
      })
      await fail(browser, 'dan@example.test')
    }

    assert.equal((await signIn(browse(), '/login', account('dan'))).status, 429)
  })

  test('addresses of one IPv6 network are one, and of another network are others', async () => {
    const own = await startTarget({
      environment: { AUTHPLANE_SERVER_TRUSTED_PROXIES: '127.0.0.1/32' },
      seed: (services) => seedUser(services, 'ida', {}).then(() => undefined),
    })
    try {
      const from = (address: string) => openBrowser(own.port, { 'X-Forwarded-For': address })
      for (let count = 0; count < 10; count++) {
        await fail(from(`2001:db8:0:1::${count}`), 'ida@example.test')
      }

      const spellings = ['2001:db8:0:1:ffff::1', '2001:0DB8:0000:0001:0:0:0:5']
      for (const address of spellings) {
        assert.equal((await fail(from(address), 'ida@example.test')).status, 429, address)
      }
      assert.equal((await fail(from('2001:db8:0:2::1'), 'ida@example.test')).status, 422)
      const answer = await signIn(from('198.51.100.1'), '/login', account('ida'))
      assert.equal(answer.status, 303)
    } finally {
      await own.stop()
    }
  })
})

test('LG-05 a million invented addresses push out no lockout and fill no memory', () => {
  const lockout = createLockout(testSettings({}).login.lockout)
  for (let count = 0; count < 10; count++) {
    lockout.begin('victim', count)
    lockout.fail('victim', count)
  }
  for (let flood = 0; flood < 1_000_000; flood++) {
    lockout.begin(`flood-${flood}`, 100)
    lockout.fail(`flood-${flood}`, 100)
  }

  assert.ok(lockout.size > 100_000 && lockout.size <= 250_000, String(lockout.size))
  assert.equal(lockout.begin('victim', 200).isAdmitted, false)
  assert.equal(lockout.begin('somebody else', 200).isAdmitted, true)
})

test('LG-07 a session that was planted before sign-in is worth nothing after it', async () => {
  const planted = (await signedIn('eve')).cookies.get('authserver_session') ?? ''
  const victim = browse()
  victim.cookies.set('authserver_session', planted)

  assert.equal((await signIn(victim, '/login', account('fay'))).status, 303)

  const fresh = victim.cookies.get('authserver_session') ?? ''
  assert.notEqual(fresh, planted)
  assert.match(fresh, /^fay\|/)
  const attacker = browse()
  attacker.cookies.set('authserver_session', planted)
  assert.equal(await isSignedIn(attacker), false)
})

describe('LG-10 two session cookies', () => {
  const ask = (cookies: string): Promise<RawResponse> =>
    browse().send(
      'GET /account/password HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
        `Cookie: ${cookies}\r\n\r\n`,
    )

  test('are nobody, in whatever order and however they are sent', async () => {
    const mine = (await signedIn('gus')).cookies.get('authserver_session') ?? ''
    const theirs = (await signedIn('ada')).cookies.get('authserver_session') ?? ''
    const two = [
      `authserver_session=${mine}; authserver_session=${theirs}`,
      `authserver_session=${theirs}; authserver_session=${mine}`,
      `authserver_session=${theirs}\r\nCookie: authserver_session=${mine}`,
      `authserver_session=rubbish; authserver_session=${mine}`,
    ]

    for (const cookies of two) assert.equal((await ask(cookies)).status, 303, cookies)
    assert.equal((await ask(`a=b; authserver_session=${mine}`)).status, 200)
  })

  test('of two login nonces none counts', async () => {
    const browser = browse()
    const page = await browser.get('/login')
    const nonce = browser.cookies.get('authserver_login_nonce') ?? ''
    browser.cookies.set('authserver_login_nonce', `${nonce}; authserver_login_nonce=${nonce}`)
    const form = { csrf_token: hiddenField(page, 'csrf_token') ?? '', ...account('gus') }

    assert.equal((await browser.post('/login', form)).status, 422)
  })
})

test('LG-11 the cookie of a user who was disabled or deleted is worth nothing', async () => {
  const disabled = await signedIn('hal')
  target.execute("UPDATE users SET status = 'disabled' WHERE id = 'hal'")
  assert.equal(await isSignedIn(disabled), false)
  assert.equal((await signIn(browse(), '/login', account('hal'))).status, 422)

  const deleted = await signedIn('ida')
  target.execute("DELETE FROM users WHERE id = 'ida'")
  assert.equal(await isSignedIn(deleted), false)
})

test('LG-12 a cookie that was kept is worth nothing after sign-out', async () => {
  const browser = await signedIn('ada')
  const kept = browser.cookies.get('authserver_session') ?? ''
  await browser.post('/logout', {})

  const thief = browse()
  thief.cookies.set('authserver_session', kept)
  assert.equal(await isSignedIn(thief), false)
  await signedIn('ada')
})

describe('LG-13 open redirect', () => {
  const elsewhere = [
    '//evil',
    '/\\evil',
    '/%09/evil',
    '/\t/evil',
    '/%0a/evil',
    '/\n/evil',
    'https:evil',
    'https://evil',
    '/%2f%2fevil',
    '///evil',
    '\\\\evil',
    '/@evil',
    'javascript:alert(1)',
    '/\r\nLocation: https://evil',
    '/..//evil',
    '/.//evil',
    './/evil',
  ]
  for (const redirect of elsewhere) {
    test(`sign-in with ${JSON.stringify(redirect)} stays here`, async () => {
      const browser = browse()
      const page = await browser.get('/login')
      const answer = await browser.post('/login', {
        csrf_token: hiddenField(page, 'csrf_token') ?? '',
        redirect,
        ...account('ada'),
      })

      assert.equal(answer.status, 303)
      const location = headerOf(answer, 'location') ?? ''
      assert.equal(new URL(location, target.issuer).origin, new URL(target.issuer).origin, location)
      const asPath = new URL(location, 'https://a.test/b/c')
      assert.equal(asPath.origin, 'https://a.test', location)
    })
  }

  test('control: a path of this server is followed', async () => {
    const answer = await signIn(
      browse(),
      '/login?redirect=/oauth/authorize%3Fa%3Db',
      account('ada'),
    )

    assert.equal(headerOf(answer, 'location'), '/oauth/authorize?a=b')
  })
})

describe('LG-17 XSS', () => {
  const evil = `"><script>alert('x')</script>`

  test('what was sent is text on the page', async () => {
    const browser = browse()
    const query = encodeURIComponent(`/${evil.replaceAll(' ', '')}`)
    const page = await browser.get(`/login?redirect=${query}&error=${query}&email=${query}`)
    const answer = await fail(browser, evil)

    for (const response of [page, answer]) {
      assert.doesNotMatch(response.body, /<script|"[^"]*>alert/)
      const policy = headerOf(response, 'content-security-policy') ?? ''
      assert.match(
        policy,
        /^default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'/,
      )
    }
    assert.match(answer.body, /value="&quot;&gt;&lt;script&gt;/)
  })

  test('a redirect URI adds nothing to the policy but its origin', async () => {
    const uri = encodeURIComponent("https://app.test;script-src 'unsafe-inline' *")
    const redirect = encodeURIComponent(`/oauth/authorize?redirect_uri=${uri}`)
    const page = await browse().get(`/login?redirect=${redirect}`)

    assert.equal(page.status, 200)
    assert.doesNotMatch(headerOf(page, 'content-security-policy') ?? '', /script-src|\*/)
  })
})

test('LG-18 a role in the form, the query or a cookie is not looked at', async () => {
  const browser = browse()
  const page = await browser.get('/login?role=admin')
  browser.cookies.set('role', 'admin')
  const answer = await browser.post('/login', {
    csrf_token: hiddenField(page, 'csrf_token') ?? '',
    role: 'admin',
    is_admin: 'true',
    user_id: 'bob',
    ...account('ada'),
  })

  assert.equal(answer.status, 303)
  assert.match(browser.cookies.get('authserver_session') ?? '', /^ada\|/)
  const [row] = target.rows("SELECT role FROM users WHERE id = 'ada'")
  assert.deepEqual(row, { role: 'user' })
})

test('LG-18 a session cookie with another user in it is nobody', async () => {
  const browser = await signedIn('ada')
  const cookie = browser.cookies.get('authserver_session') ?? ''
  browser.cookies.set('authserver_session', cookie.replace(/^ada/, 'fay'))

  assert.equal(await isSignedIn(browser), false)
})

test('LG-06 a form without the nonce of its browser is refused', async () => {
  const page = await browse().get('/login')
  const stolen = hiddenField(page, 'csrf_token') ?? ''
  const victim = browse()
  await victim.get('/login')

  for (const csrf_token of ['', stolen, 'x'.repeat(43)]) {
    const answer = await victim.post('/login', { csrf_token, ...account('ada') })
    assert.equal(answer.status, 422)
    assert.equal(victim.cookies.has('authserver_session'), false)
  }
})

test('HT-11 no other spelling of a path of these pages is a route', async () => {
  const paths = ['//login', '/login/', '/LOGIN', '/%6cogin', '/login;x', '/login%00', '/a/../login']
  for (const path of paths) assert.equal((await browse().get(path)).status, 404, path)
})

test('LK-07 no page tells others where a person came from', async () => {
  const browser = await signedIn('ada')
  for (const path of ['/login', '/account/password', '/errors/invalid_client']) {
    assert.equal(headerOf(await browser.get(path), 'referrer-policy'), 'no-referrer', path)
  }
})

test('LK-02 no address that was typed in is logged or audited', async () => {
  const typed = 'typed-canary@example.test'
  target.remember(typed)
  await fail(browse(), typed)
  await signIn(browse(), '/login', { email: typed, password: 'typed-canary-password' })
  target.remember('typed-canary-password')

  const rows = JSON.stringify(target.rows('SELECT * FROM audit_events'))
  assert.doesNotMatch(rows, /typed-canary|@example\.test/)
  assert.match(rows, /reason=user_not_found/)
})
