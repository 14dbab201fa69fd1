// Sign-in with a password (spec 01 §7.4, 04 §1.2) over real actors.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { currentUser } from '../../../src/flows/login/current-user.ts'
import {
  createPasswordLogin,
  type LoginAttempt,
  type LoginResult,
} from '../../../src/flows/login/password-login.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { passwordOf, seedUser, sessionCookieFor } from '../../support/seed-users.ts'

const bcryptOfUStarU = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'

interface Site {
  readonly inline: InlineServices
  attempt(email: string, password: string, change?: Partial<LoginAttempt>): Promise<LoginResult>
  audit(): readonly Record<string, unknown>[]
  passTime(ms: number): void
}

async function open(t: TestContext): Promise<Site> {
  let passedMs = 0
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + passedMs }
  const lockout = { failuresMax: 3, windowMs: 600_000, lockMs: 900_000, identitiesMax: 10_000 }
  const settings = { login: { isLocalShown: true, lockout } }
  const inline = await createInlineServices({ clock, settings })
  t.after(inline.stop)
  await seedUser(inline.services, 'ada', {})
  const logIn = createPasswordLogin(inline.services)
  return {
    inline,
    attempt: (email, password, change) =>
      logIn({
        email,
        password,
        ip: '192.0.2.1',
        addressKey: '192.0.2.1',
        sessionCookie: null,
        trace: null,
        ...change,
      }),
    audit: () =>
      inline.rows(
        `SELECT action, actor_id, client_id, ip, detail FROM audit_events
         WHERE action <> 'user.created' ORDER BY id`,
      ),
    passTime: (ms) => {
      passedMs += ms
    },
  }
}

async function cookieOf(result: Promise<LoginResult>): Promise<string> {
  const settled = await result
  assert.equal(settled.kind, 'signed-in')
  return settled.kind === 'signed-in' ? settled.sessionCookie : ''
}

const refused: LoginResult = { kind: 'refused' }

describe('the right password', () => {
  it('signs its user in', async (t) => {
    const { inline, attempt } = await open(t)

    const cookie = await cookieOf(attempt('ada@example.test', passwordOf('ada')))

    const signedIn = await currentUser(inline.services, cookie, null)
    assert.equal(signedIn?.user.id, 'ada')
    assert.equal(signedIn?.session.cookie, cookie)
  })

  it('leaves a row and is counted', async (t) => {
    const { inline, attempt, audit } = await open(t)

    await attempt('ada@example.test', passwordOf('ada'))

    assert.deepEqual(audit(), [
      { action: 'user.login', actor_id: 'ada', client_id: '', ip: '192.0.2.1', detail: '' },
    ])
    assert.deepEqual(inline.meterCalls, [['loginAttempted', 'success']])
  })

  it('is taken with any spelling of the address', async (t) => {
    const { attempt } = await open(t)

    await cookieOf(attempt(' ADA@Example.Test ', passwordOf('ada')))
  })

  it('replaces an imported hash by one of our own, which works from then on', async (t) => {
    const { inline, attempt } = await open(t)
    await seedUser(inline.services, 'bob', { passwordHash: bcryptOfUStarU })

    await cookieOf(attempt('bob@example.test', 'U*U'))

    const [row] = inline.rows("SELECT password_hash FROM users WHERE id = 'bob'")
    assert.match(String(row?.['password_hash']), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await cookieOf(attempt('bob@example.test', 'U*U'))
  })

  it('ends the session that the browser had before', async (t) => {
    const { inline, attempt } = await open(t)
    const planted = sessionCookieFor(inline.services, 'ada')

    await attempt('ada@example.test', passwordOf('ada'), { sessionCookie: planted })

    assert.equal(await currentUser(inline.services, planted, null), null)
  })
})

it('a password that is changed while it is checked signs nobody in', async (t) => {
  const { inline, audit } = await open(t)
  const { services } = inline
  const { passwordPool } = services
  const logIn = createPasswordLogin({
    ...services,
    passwordPool: {
      name: passwordPool.name,
      load: () => passwordPool.load(),
      tell: (kind, request) => passwordPool.tell(kind, request),
      ask: async (kind, request, options) => {
        const outcome = await passwordPool.ask(kind, request, options)
        const nowMs = services.clock.nowMs()
        const change = { id: 'ada', passwordHash: 'x', ifHash: null, nowMs, audit: null }
        await services.storage.ask('setPassword', change, options)
        return outcome
      },
    },
  })

  const { email, password } = { email: 'ada@example.test', password: passwordOf('ada') }
  const visitor = { ip: '', addressKey: '', sessionCookie: null, trace: null }

  assert.deepEqual(await logIn({ ...visitor, email, password }), refused)
  assert.equal(audit()[0]?.['detail'], 'reason=invalid_credentials')
})

describe('a refusal', () => {
  const causes = [
    { id: '', email: 'nobody@example.test', reason: 'user_not_found' },
    { id: 'ada', email: 'ada@example.test', reason: 'invalid_credentials' },
    { id: 'off', email: 'off@example.test', reason: 'user_disabled' },
    { id: 'far', email: 'far@example.test', reason: 'user_not_local' },
    { id: 'odd', email: 'odd@example.test', reason: 'unusable_stored_hash' },
  ]
  for (const { id, email, reason } of causes) {
    it(`because of ${reason} looks like every other, and its row tells the cause`, async (t) => {
      const { inline, attempt, audit } = await open(t)
      const { services } = inline
      await seedUser(services, 'off', { status: 'disabled' })
      await seedUser(services, 'far', {
        provider: 'oidc',
        providerSub: 's',
        providerIssuer: 'https://idp.test',
        passwordHash: '',
      })
      await seedUser(services, 'odd', { passwordHash: 'rubbish' })

      assert.deepEqual(await attempt(email, 'not the password'), refused)

      const detail = `reason=${reason}`
      assert.deepEqual(audit(), [
        { action: 'user.login_failed', actor_id: id, client_id: '', ip: '192.0.2.1', detail },
      ])
      assert.deepEqual(inline.meterCalls, [
        ['loginAttempted', 'failure'],
        ['authDenied', reason],
      ])
    })
  }

  it('comes for the right password of a disabled user', async (t) => {
    const { inline, attempt } = await open(t)
    await seedUser(inline.services, 'off', { status: 'disabled' })

    assert.deepEqual(await attempt('off@example.test', passwordOf('off')), refused)
  })

  it('comes for passwords and addresses that are longer than any', async (t) => {
    const { attempt } = await open(t)

    assert.deepEqual(await attempt('ada@example.test', 'a'.repeat(1025)), refused)
    assert.deepEqual(await attempt(`${'a'.repeat(255)}@b.test`, 'a'), refused)
  })

  it('tells the operator of a hash that cannot be used, and never what was typed in', async (t) => {
    const { inline, attempt } = await open(t)
    await seedUser(inline.services, 'odd', { passwordHash: 'rubbish' })

    await attempt('odd@example.test', 'a typed password')
    await attempt('typed@example.test', 'a typed password')

    const errors = inline.lines.filter(({ level }) => level === 'error')
    assert.deepEqual(
      errors.map(({ fields }) => fields),
      [{ user_id: 'odd' }],
    )
    assert.doesNotMatch(
      JSON.stringify([inline.lines, inline.rows('SELECT * FROM audit_events')]),
      /typed/,
    )
  })
})

describe('a lockout', () => {
  const failThrice = async ({ attempt }: Site) => {
    for (let count = 0; count < 3; count++) await attempt('ada@example.test', 'wrong')
  }

  it('refuses even the right password until it ends', async (t) => {
    const site = await open(t)
    await failThrice(site)

    const result = await site.attempt('ada@example.test', passwordOf('ada'))
    assert.equal(result.kind, 'locked-out')
    assert.ok(result.kind === 'locked-out' && result.retryAfterMs > 890_000)
    site.passTime(900_001)
    await cookieOf(site.attempt('ada@example.test', passwordOf('ada')))
  })

  it('is for one identity at one address', async (t) => {
    const site = await open(t)
    await seedUser(site.inline.services, 'bob', {})
    await failThrice(site)

    await cookieOf(site.attempt('bob@example.test', passwordOf('bob')))
    await cookieOf(
      site.attempt('ada@example.test', passwordOf('ada'), { addressKey: '198.51.100.7' }),
    )
  })

  it('begins for an address that nobody has as for any other', async (t) => {
    const site = await open(t)
    for (let count = 0; count < 3; count++) await site.attempt('nobody@example.test', 'wrong')

    assert.equal((await site.attempt('NOBODY@example.test', 'wrong')).kind, 'locked-out')
  })

  it('leaves one row and one warning; attempts that it blocks leave none', async (t) => {
    const site = await open(t)
    await failThrice(site)
    await site.attempt('ada@example.test', 'wrong')
    await site.attempt('ada@example.test', 'wrong')

    const rows = site.audit()
    assert.equal(rows.length, 4)
    assert.equal(rows[3]?.['action'], 'auth.locked_out')
    assert.equal(rows[3]?.['actor_id'], '')
    assert.match(String(rows[3]?.['detail']), /^until=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(site.inline.lines.filter(({ level }) => level === 'warn').length, 1)
    const locked = site.inline.meterCalls.filter((call) => call[1] === 'locked_out')
    assert.equal(locked.length, 2)
  })

  it('is not brought about by failures of the server', async (t) => {
    const site = await open(t)
    await site.inline.stopActor('passwordPool')

    for (let count = 0; count < 5; count++) {
      await assert.rejects(site.attempt('ada@example.test', passwordOf('ada')), {
        code: 'actor-stopped',
      })
    }
    assert.deepEqual(site.inline.meterCalls, [])
  })
})
