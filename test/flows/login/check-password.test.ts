// The check of a password: how long it takes and what it costs (spec 04 §1.2).
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { PasswordPoolProtocol } from '../../../actors/password-pool/protocol.ts'
import type { RequestOf } from '../../../actors/runtime/protocol.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { createPasswordCheck } from '../../../src/flows/login/check-password.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { passwordOf, seedUser } from '../../support/seed-users.ts'

type Asked = RequestOf<PasswordPoolProtocol, 'verifyPassword'>

const bcryptOfUStarU = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'

/** Services whose clock notes delays instead of waiting, over a pool that tells its times. */
async function open(t: TestContext, tookMs: readonly number[]) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const ada = await seedUser(inline.services, 'ada', {})
  const bob = await seedUser(inline.services, 'bob', { passwordHash: bcryptOfUStarU })
  const { passwordPool } = inline.services
  const asked: Asked[] = []
  const delays: number[] = []
  const times = [...tookMs]
  const check = createPasswordCheck({
    ...inline.services,
    clock: {
      ...systemClock,
      after: (delayMs, work) => {
        delays.push(delayMs)
        setImmediate(work)
        return () => undefined
      },
    },
    passwordPool: {
      ...passwordPool,
      ask: async (kind, request, options) => {
        asked.push(request as Asked)
        const outcome = await passwordPool.ask(kind, request, options)
        const { reply } = outcome as { readonly reply: object }
        return { ok: true, reply: { ...reply, tookMs: times.shift() ?? 30 } } as never
      },
    },
  })
  return { check, ada, bob, asked, delays }
}

describe('a check', () => {
  it('is right for the right password of a local user', async (t) => {
    const { check, ada } = await open(t, [])

    assert.equal((await check(ada, passwordOf('ada'), null)).refusal, null)
    assert.equal((await check(ada, 'wrong', null)).refusal, 'invalid_credentials')
  })

  it('asks the pool once for whomever, and shows it no hash of who cannot sign in', async (t) => {
    const { check, ada, asked } = await open(t, [])

    await check(null, 'a password', null)
    await check({ ...ada, status: 'disabled' }, 'a password', null)
    await check({ ...ada, provider: 'oidc' }, 'a password', null)
    await check(ada, 'a'.repeat(1025), null)

    assert.deepEqual(asked, Array(4).fill({ password: '', hash: null }))
  })

  it('is held back as long as an imported hash takes, from the first one on', async (t) => {
    const { check, ada, bob, delays } = await open(t, [30, 300, 40, 30])

    await check(ada, 'wrong', null)
    await check(bob, 'wrong', null)
    await check(ada, 'wrong', null)
    await check(null, 'wrong', null)

    assert.deepEqual(delays, [260, 270])
  })

  it('is never held back for long', async (t) => {
    const { check, ada, bob, delays } = await open(t, [60_000, 30])

    await check(bob, 'wrong', null)
    await check(ada, 'wrong', null)

    assert.deepEqual(delays, [1970])
  })
})
