// Attack catalogue, row LG-02: what the time of a refusal tells about an account (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AttackTarget, startTarget } from '../support/attack.ts'
import { type Browser, hiddenField, openBrowser } from '../support/browser.ts'
import { seedUser } from '../support/seed-users.ts'

let target: AttackTarget

before(async () => {
  target = await startTarget({
    environment: { AUTHPLANE_RATE_LIMIT_AUTH_FAIL_MAX: '0' },
    seed: async (services) => {
      await seedUser(services, 'ada', {})
      await seedUser(services, 'off', { status: 'disabled' })
      await seedUser(services, 'odd', { passwordHash: 'malformed' })
    },
  })
})

after(() => target.stop())

describe('LG-02 the time that a refused sign-in takes', () => {
  const rounds = 40
  const emails = ['ada', 'nobody', 'off', 'odd'].map((id) => `${id}@example.test`)

  async function measure(browser: Browser, token: string, email: string): Promise<number> {
    const startedMs = performance.now()
    const fields = { csrf_token: token, email, password: 'not-the-password' }
    const { status } = await browser.post('/login', fields)
    assert.equal(status, 422)
    return performance.now() - startedMs
  }

  /** Neighbours on the machine only add time: the faster samples are those that tell. */
  const lowerQuartile = (samples: readonly number[]): number =>
    samples.toSorted((left, right) => left - right)[Math.floor(samples.length / 4)] ?? 0

  test('is the same for every account and for none', async () => {
    const browser = openBrowser(target.port, {})
    const token = hiddenField(await browser.get('/login'), 'csrf_token') ?? ''
    const samples = new Map<string, number[]>(emails.map((email) => [email, []]))
    const stale: number[] = []
    for (let round = 0; round < rounds; round++) {
      // Taken in turn, so that a busy moment of the machine is shared by all.
      for (const email of emails) samples.get(email)?.push(await measure(browser, token, email))
      stale.push(await measure(browser, 'stale', 'ada@example.test'))
    }

    const real = lowerQuartile(samples.get('ada@example.test') ?? [])
    for (const [email, times] of samples) {
      const share = lowerQuartile(times) / real
      assert.ok(share > 0.85 && share < 1.15, `${email}: ${share.toFixed(2)} of ${real} ms`)
    }
    assert.ok(lowerQuartile(stale) < real / 2, 'control: a refusal without a check is faster')
  })
})
