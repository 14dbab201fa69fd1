// Where a browser may be sent after sign-in (spec 01 §7.4, spec 09 LG-13).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { returnQuery, safeReturnPath } from '../../../src/oauth/return-path.ts'

const issuer = 'https://auth.test'

describe('a return path', () => {
  for (const path of ['/', '/account', '/oauth/authorize?a=b&c=%2F%2F', '/@evil', '/%2f%2fevil']) {
    it(`may be ${path}`, () => {
      assert.equal(safeReturnPath(path), path)
    })
  }

  const elsewhere = [
    '',
    'account',
    '//evil',
    '///evil',
    '/\\evil',
    '\\\\evil',
    '/a\\b',
    'https:evil',
    'https://evil',
    '/a?b=https://evil',
    '/\t/evil',
    '/\n/evil',
    '/\r\nSet-Cookie: a=b',
    '\t//evil',
    ' //evil',
    '/ evil',
    '/\u00e9',
    'javascript:alert(1)',
  ]
  for (const text of elsewhere) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(safeReturnPath(text), null)
    })
  }

  it('leads to the same origin, whatever it holds', () => {
    const part = fc.constantFrom(
      '/',
      '\\',
      '\t',
      '\n',
      '@',
      ':',
      '.',
      'evil',
      '%2f',
      '?',
      '#',
      '//',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const path = safeReturnPath(parts.join(''))
        assert.equal(path === null || new URL(path, issuer).origin === issuer, true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the query of a sign-in', () => {
  it('brings back the path that it was made of', () => {
    const target = '/oauth/authorize?state=a%26b&redirect_uri=https%3A%2F%2Fapp.test%2Fcb'

    assert.equal(new URLSearchParams(returnQuery(target)).get('redirect'), target)
  })

  it('makes a path with an unencoded URL one that may be returned to', () => {
    const target = '/oauth/authorize?redirect_uri=http://127.0.0.1:1234/cb&state=1'
    const path = safeReturnPath(new URLSearchParams(returnQuery(target)).get('redirect') ?? '')

    const back = new URL(path ?? '', issuer).searchParams
    assert.equal(back.get('redirect_uri'), 'http://127.0.0.1:1234/cb')
    assert.equal(back.get('state'), '1')
  })
})
