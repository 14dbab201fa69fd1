// The lockout after failed sign-ins (spec 01 §7.4, spec 09 LG-03, LG-05).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createLockout, type Lockout, type LockoutRules } from '../../../src/oauth/lockout.ts'

const rules: LockoutRules = { failuresMax: 3, windowMs: 1000, lockMs: 5000, identitiesMax: 10 }

function fail(lockout: Lockout, key: string, nowMs: number): number | null {
  assert.equal(lockout.begin(key, nowMs).isAdmitted, true, `${key} at ${nowMs}`)
  return lockout.fail(key, nowMs)
}

describe('the lockout', () => {
  it('locks out with the last failure that is allowed, and says until when', () => {
    const lockout = createLockout(rules)

    assert.equal(fail(lockout, 'a', 0), null)
    assert.equal(fail(lockout, 'a', 1), null)
    assert.equal(fail(lockout, 'a', 2), 5002)
  })

  it('tells how long to wait', () => {
    const lockout = createLockout(rules)
    for (let at = 0; at < 3; at++) fail(lockout, 'a', at)

    assert.deepEqual(lockout.begin('a', 2002), { isAdmitted: false, retryAfterMs: 3000 })
  })

  it('ends, and counts from the beginning again', () => {
    const lockout = createLockout(rules)
    for (let at = 0; at < 3; at++) fail(lockout, 'a', at)

    assert.equal(lockout.begin('a', 5001).isAdmitted, false)
    assert.equal(fail(lockout, 'a', 5002), null)
    assert.equal(fail(lockout, 'a', 5003), null)
  })

  it('leaves others alone', () => {
    const lockout = createLockout(rules)
    for (let at = 0; at < 3; at++) fail(lockout, 'a', at)

    assert.equal(lockout.begin('b', 3).isAdmitted, true)
  })

  it('forgets failures of an earlier window', () => {
    const lockout = createLockout(rules)
    fail(lockout, 'a', 0)
    fail(lockout, 'a', 1)

    assert.equal(fail(lockout, 'a', 1000), null)
    assert.equal(fail(lockout, 'a', 1001), null)
    assert.equal(fail(lockout, 'a', 1002), 6002)
  })

  it('forgets failures after a success', () => {
    const lockout = createLockout(rules)
    fail(lockout, 'a', 0)
    fail(lockout, 'a', 1)
    lockout.begin('a', 2)
    lockout.succeed('a')

    assert.equal(fail(lockout, 'a', 3), null)
  })

  it('does not count attempts that came to nothing', () => {
    const lockout = createLockout(rules)
    for (let at = 0; at < 100; at++) {
      assert.equal(lockout.begin('a', at).isAdmitted, true)
      lockout.abandon('a')
    }

    assert.equal(lockout.size, 0)
  })

  it('admits no more attempts at once than may fail', () => {
    const lockout = createLockout(rules)
    const admitted = [1, 2, 3, 4, 5].filter(() => lockout.begin('a', 0).isAdmitted)

    assert.equal(admitted.length, 3)
    assert.deepEqual(lockout.begin('a', 0), { isAdmitted: false, retryAfterMs: 1000 })
  })

  it('admits everybody and remembers nobody when it is switched off', () => {
    const lockout = createLockout({ ...rules, failuresMax: 0 })
    for (let at = 0; at < 100; at++) assert.equal(fail(lockout, 'a', at), null)

    assert.equal(lockout.size, 0)
  })

  it('forgets whoever failed longest ago when it is full, and never who is locked out', () => {
    const lockout = createLockout(rules)
    for (let at = 0; at < 3; at++) fail(lockout, 'locked', at)
    fail(lockout, 'early', 3)
    fail(lockout, 'early', 4)
    for (let flood = 0; flood < 1000; flood++) fail(lockout, `flood-${flood}`, 5)

    assert.ok(lockout.size > 4 && lockout.size <= 10, String(lockout.size))
    assert.equal(lockout.begin('locked', 6).isAdmitted, false)
    assert.equal(fail(lockout, 'early', 7), null, 'its failures are forgotten')
  })

  it('takes nobody in beyond its bound when all that it holds are locked out', () => {
    const lockout = createLockout({ ...rules, failuresMax: 1, identitiesMax: 2 })
    for (const key of ['a', 'b', 'c', 'd']) fail(lockout, key, 0)

    assert.equal(lockout.size, 2)
    assert.equal(lockout.begin('a', 1).isAdmitted, false)
    assert.equal(lockout.begin('d', 1).isAdmitted, true)
  })

  it('never holds more identities than allowed, whatever happens', () => {
    const step = fc.record({
      key: fc.constantFrom(...'abcdefghijklmnop'),
      end: fc.constantFrom('fail', 'succeed', 'abandon', 'none'),
      passedMs: fc.integer({ min: 0, max: 700 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lockout = createLockout({ ...rules, identitiesMax: 4 })
        let nowMs = 0
        for (const { key, end, passedMs } of steps) {
          nowMs += passedMs
          if (lockout.begin(key, nowMs).isAdmitted && end !== 'none') lockout[end](key, nowMs)
          assert.ok(lockout.size <= 4)
        }
      }),
      { numRuns: 200 },
    )
  })
})
