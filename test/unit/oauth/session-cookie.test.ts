// The cookie of a signed-in browser (spec 01 §7.1).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { systemRandom } from '../../../src/base/random.ts'
import { beginSession, openSession, sealSession } from '../../../src/oauth/session-cookie.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))
const nowMs = 1_800_000_000_500
const random = systemRandom()
const begin = () => beginSession('user-1', { nowMs, maxAgeSeconds: 3600, random })

describe('a session cookie', () => {
  it('opens to the session that was sealed', () => {
    const session = begin()

    assert.deepEqual(openSession(sealSession(session, key), { key, nowMs }), session)
  })

  it('tells when the session began by its id', () => {
    assert.equal(begin().beganAtMs, nowMs)
  })

  it('is user, session, expiry in seconds and a MAC', () => {
    const session = begin()

    assert.match(sealSession(session, key), /^user-1\|[0-9a-f-]{36}\|1800003600\|[\w-]{43}$/)
  })

  it('is over at its expiry and not before', () => {
    const cookie = sealSession(begin(), key)

    assert.notEqual(openSession(cookie, { key, nowMs: 1_800_003_599_999 }), null)
    assert.equal(openSession(cookie, { key, nowMs: 1_800_003_600_000 }), null)
  })

  it('of another key stands for nobody', () => {
    assert.equal(openSession(sealSession(begin(), otherKey), { key, nowMs }), null)
  })

  it('with any character changed stands for nobody', () => {
    const cookie = sealSession(begin(), key)
    for (let at = 0; at < cookie.length; at++) {
      const forged = cookie.slice(0, at) + (cookie[at] === '1' ? '2' : '1') + cookie.slice(at + 1)
      assert.equal(openSession(forged, { key, nowMs }), null, forged)
    }
  })

  it('with a field more or less stands for nobody', () => {
    const cookie = sealSession(begin(), key)
    for (const forged of [
      '',
      '|||',
      `${cookie}|`,
      `|${cookie}`,
      cookie.slice(0, -44),
      `${cookie} `,
    ]) {
      assert.equal(openSession(forged, { key, nowMs }), null, forged)
    }
  })
})
