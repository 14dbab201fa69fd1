// Change of the own password (B38).
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { createChangePassword } from '../../../src/flows/login/change-password.ts'
import { currentUser } from '../../../src/flows/login/current-user.ts'
import { createPasswordLogin } from '../../../src/flows/login/password-login.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { passwordOf, seedUser, sessionCookieFor } from '../../support/seed-users.ts'

const visitor = { ip: '192.0.2.1', trace: null }

async function open(t: TestContext) {
  let passedMs = 0
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + passedMs }
  const lockout = { failuresMax: 3, windowMs: 600_000, lockMs: 900_000, identitiesMax: 10_000 }
  const inline = await createInlineServices({
    clock,
    settings: { login: { isLocalShown: true, lockout } },
  })
  t.after(inline.stop)
  const { services } = inline
  await seedUser(services, 'ada', {})
  const cookie = sessionCookieFor(services, 'ada')
  passedMs += 1000
  const change = createChangePassword(services)
  const logIn = createPasswordLogin(services)
  return {
    inline,
    services,
    cookie,
    change: async (currentPassword: string, newPassword: string) => {
      const signedIn = await currentUser(services, cookie, null)
      assert.ok(signedIn !== null)
      return change({ ...visitor, signedIn, currentPassword, newPassword })
    },
    canSignIn: async (password: string) => {
      const email = 'ada@example.test'
      const attempt = { ...visitor, email, password, addressKey: 'a', sessionCookie: null }
      return (await logIn(attempt)).kind === 'signed-in'
    },
  }
}

describe('a user with the current password', () => {
  it('gets a new one, and the old one is dead', async (t) => {
    const { change, canSignIn } = await open(t)

    assert.equal((await change(passwordOf('ada'), 'a new password')).kind, 'changed')
    assert.equal(await canSignIn('a new password'), true)
    assert.equal(await canSignIn(passwordOf('ada')), false)
  })

  it('goes on in a new session, and all that began before are over', async (t) => {
    const { services, cookie, change } = await open(t)
    const elsewhere = sessionCookieFor(services, 'ada')

    const result = await change(passwordOf('ada'), 'a new password')

    assert.ok(result.kind === 'changed')
    assert.equal((await currentUser(services, result.sessionCookie, null))?.user.id, 'ada')
    assert.equal(await currentUser(services, cookie, null), null)
    assert.equal(await currentUser(services, elsewhere, null), null)
  })

  it('leaves a row without any password', async (t) => {
    const { inline, change } = await open(t)

    await change(passwordOf('ada'), 'a new password')

    const rows = inline.rows(
      "SELECT actor_id, ip, detail FROM audit_events WHERE action = 'user.password_changed'",
    )
    assert.deepEqual(rows, [{ actor_id: 'ada', ip: '192.0.2.1', detail: 'user=ada' }])
  })
})

describe('nothing changes', () => {
  it('without the current password', async (t) => {
    const { services, cookie, change, canSignIn } = await open(t)

    assert.deepEqual(await change('not the password', 'a new password'), { kind: 'wrong-password' })
    assert.equal(await canSignIn(passwordOf('ada')), true)
    assert.notEqual(await currentUser(services, cookie, null), null)
  })

  it('when the new password is too short or too long', async (t) => {
    const { change } = await open(t)

    assert.deepEqual(await change(passwordOf('ada'), 'short'), { kind: 'too-short' })
    assert.deepEqual(await change(passwordOf('ada'), 'a'.repeat(1025)), { kind: 'too-long' })
  })

  it('after as many wrong guesses as lock a user out', async (t) => {
    const { inline, change } = await open(t)
    for (let count = 0; count < 3; count++) await change('a guess', 'a new password')

    assert.equal((await change(passwordOf('ada'), 'a new password')).kind, 'locked-out')
    const rows = inline.rows("SELECT actor_id FROM audit_events WHERE action = 'auth.locked_out'")
    assert.equal(rows.length, 1)
  })

  it('for a user whose password is kept elsewhere', async (t) => {
    const { services } = await open(t)
    const far = { provider: 'oidc', providerSub: 's', providerIssuer: 'https://idp.test' } as const
    await seedUser(services, 'far', { ...far, passwordHash: '' })
    const signedIn = await currentUser(services, sessionCookieFor(services, 'far'), null)
    assert.ok(signedIn !== null)

    const change = createChangePassword(services)
    const request = { ...visitor, signedIn, currentPassword: '', newPassword: 'a new password' }

    assert.deepEqual(await change(request), { kind: 'not-possible' })
  })
})
