// Who a session cookie stands for (spec 01 §7.1, 04 §1.3).
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { currentUser } from '../../../src/flows/login/current-user.ts'
import { logOut } from '../../../src/flows/login/logout.ts'
import type { SessionSettings } from '../../../src/flows/settings.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedUser, sessionCookieFor } from '../../support/seed-users.ts'
import { testSettings } from '../../support/settings.ts'

const visitor = { ip: '192.0.2.1', trace: null }

async function open(t: TestContext, session: Partial<SessionSettings>) {
  let passedMs = 0
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + passedMs }
  const settings = { session: { ...testSettings({}).session, ...session } }
  const inline = await createInlineServices({ clock, settings })
  t.after(inline.stop)
  const { services } = inline
  await seedUser(services, 'ada', {})
  const cookie = sessionCookieFor(services, 'ada')
  return {
    inline,
    services,
    cookie,
    who: (value: string | null) =>
      currentUser(services, value, null).then((signedIn) => signedIn?.user.id ?? null),
    passTime: (ms: number) => {
      passedMs += ms
    },
  }
}

describe('a session cookie', () => {
  it('stands for its user', async (t) => {
    const { who, cookie } = await open(t, {})

    assert.equal(await who(cookie), 'ada')
  })

  it('stands for nobody when there is none, or when it is not ours', async (t) => {
    const { who, cookie } = await open(t, {})

    for (const value of [null, '', 'rubbish', cookie.replace('ada', 'eve')]) {
      assert.equal(await who(value), null)
    }
  })

  it('is over with its life', async (t) => {
    const { who, cookie, passTime } = await open(t, { maxAgeSeconds: 60 })
    passTime(61_000)

    assert.equal(await who(cookie), null)
  })

  it('is over with its user', async (t) => {
    const { inline, who, services, cookie } = await open(t, {})
    inline.execute("UPDATE users SET status = 'disabled'")
    assert.equal(await who(cookie), null)

    assert.equal(await who(sessionCookieFor(services, 'a-user-who-is-gone')), null)
  })

  it('is over when it began before the user was signed out everywhere', async (t) => {
    const { services, who, cookie, passTime } = await open(t, {})
    passTime(1000)
    const nowMs = services.clock.nowMs()
    const request = { id: 'ada', passwordHash: 'x', ifHash: null, nowMs, audit: null }
    const options = { deadlineMs: Number.MAX_VALUE, trace: null }
    await services.storage.ask('setPassword', request, options)

    assert.equal(await who(cookie), null)
    assert.equal(await who(sessionCookieFor(services, 'ada')), 'ada')
  })

  it('is over after sign-out, and other sessions of the user are not', async (t) => {
    const { inline, services, who, cookie } = await open(t, {})
    const other = sessionCookieFor(services, 'ada')

    await logOut(services, cookie, visitor)

    assert.equal(await who(cookie), null)
    assert.equal(await who(other), 'ada')
    const rows = inline.rows(
      "SELECT actor_id, ip FROM audit_events WHERE action = 'session.revoked'",
    )
    assert.deepEqual(rows, [{ actor_id: 'ada', ip: '192.0.2.1' }])
  })

  it('signs out once, however often it is sent', async (t) => {
    const { inline, services, cookie } = await open(t, {})

    await logOut(services, cookie, visitor)
    await logOut(services, cookie, visitor)
    await logOut(services, null, visitor)
    await logOut(services, 'rubbish', visitor)

    const rows = inline.rows("SELECT id FROM audit_events WHERE action = 'session.revoked'")
    assert.equal(rows.length, 1)
  })
})

describe('when storage does not answer', () => {
  it('a cookie stands for nobody', async (t) => {
    const { inline, who, cookie } = await open(t, {})
    await inline.stopActor('storage')

    assert.equal(await who(cookie), null)
  })

  it('a cookie of ours stands for itself if the configuration says so', async (t) => {
    const { inline, who, cookie } = await open(t, { failsClosed: false })
    await inline.stopActor('storage')

    assert.equal(await who(cookie), 'ada')
    assert.equal(await who(cookie.replace('ada', 'eve')), null)
  })

  it('nobody is told that he is signed out', async (t) => {
    const { inline, services, cookie } = await open(t, {})
    await inline.stopActor('storage')

    await assert.rejects(logOut(services, cookie, visitor), { code: 'actor-stopped' })
  })
})
