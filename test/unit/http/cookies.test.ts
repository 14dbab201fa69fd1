// Cookies as bytes (RFC 6265, spec 09 LG-10).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clearCookie, readCookie, setCookie } from '../../../src/http/cookies.ts'

describe('a cookie is read', () => {
  it('from among others', () => {
    assert.equal(readCookie('a=1; session=u|s|9|m; b=2', 'session'), 'u|s|9|m')
  })

  it('by its whole name', () => {
    assert.equal(readCookie('xsession=1; session2=2; Session=3', 'session'), null)
  })

  it('with the equals signs of its value', () => {
    assert.equal(readCookie('session=a=b==', 'session'), 'a=b==')
  })

  it('as nothing when it came twice, in whatever order', () => {
    assert.equal(readCookie('session=mine; session=theirs', 'session'), null)
    assert.equal(readCookie('session=same; a=b; session=same', 'session'), null)
  })

  it('as nothing when it is empty, quoted, or holds what no cookie may hold', () => {
    for (const value of ['', '"a"', 'a b', 'a,b', 'a\\b', 'a\u00e9', 'a\tb']) {
      assert.equal(readCookie(`session=${value}`, 'session'), null, value)
    }
  })

  it('as nothing from no header and from rubbish', () => {
    for (const header of [undefined, '', ';', '=', 'session', ';;=;session']) {
      assert.equal(readCookie(header, 'session'), null, String(header))
    }
  })
})

describe('a cookie is set', () => {
  const cookie = { name: 'n', value: 'v', maxAgeSeconds: 60 }

  it('for all paths and for no script', () => {
    assert.equal(
      setCookie({ ...cookie, isSecure: false, sameSite: 'lax' }),
      'n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    )
  })

  it('for https alone when browsers come by https', () => {
    assert.equal(
      setCookie({ ...cookie, isSecure: true, sameSite: 'none' }),
      'n=v; Path=/; Max-Age=60; HttpOnly; SameSite=None; Secure',
    )
  })

  it('to nothing when it is to be forgotten', () => {
    assert.equal(
      clearCookie('n', { isSecure: false, sameSite: 'strict' }),
      'n=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    )
  })
})
