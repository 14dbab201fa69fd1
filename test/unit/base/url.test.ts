// Strict reading of URLs (src/base/url.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isLocalhostIssuer, parseHttpUrl, parseUrl } from '../../../src/base/url.ts'

test('an absolute URL is read, anything else is null', () => {
  assert.equal(parseUrl('https://a.test/b')?.pathname, '/b')
  for (const text of ['', '/b', '//a.test', 'a.test', 'https://', 'https://a b']) {
    assert.equal(parseUrl(text), null, text)
  }
})

test('an http URL has one of two schemes', () => {
  assert.equal(parseHttpUrl('https://a.test')?.host, 'a.test')
  assert.equal(parseHttpUrl('http://a.test')?.host, 'a.test')
  for (const text of ['ftp://a.test', 'javascript:alert(1)', 'file:///a', 'data:,a', 'a.test']) {
    assert.equal(parseHttpUrl(text), null, text)
  }
})

describe('an issuer', () => {
  const local = [
    'http://localhost',
    'http://localhost:9000',
    'https://localhost/tenant',
    'http://127.0.0.1:9000',
    'http://[::1]:9000',
  ]
  for (const issuer of local) {
    test(`${issuer} is on this machine`, () => {
      assert.equal(isLocalhostIssuer(issuer), true)
    })
  }

  const elsewhere = [
    'https://auth.test',
    'http://localhost.evil.test',
    'http://127.0.0.1.evil.test',
    'http://127.0.0.10',
    'http://evil.test/localhost',
    'http://user@localhost',
    'ftp://localhost',
    'http://[::2]',
    'x-http://localhost',
  ]
  for (const issuer of elsewhere) {
    test(`${issuer} is not`, () => {
      assert.equal(isLocalhostIssuer(issuer), false)
    })
  }
})
