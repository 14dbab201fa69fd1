// Where an answer sends the browser (RFC 6749 §4.1.2, RFC 9207; spec 09 RU-21, RU-22, AZ-17).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeLocation, errorLocation } from '../../../src/oauth/authorization-response.ts'

const issuer = 'https://auth.test/tenant'
const to = (redirectUri: string, state = 's1') => ({ redirectUri, state, issuer })
const iss = 'iss=https%3A%2F%2Fauth.test%2Ftenant'

test('a code comes with state and issuer', () => {
  assert.equal(
    codeLocation(to('https://app.test/cb'), 'c0de'),
    `https://app.test/cb?code=c0de&state=s1&${iss}`,
  )
})

test('no state is sent back when none came', () => {
  assert.equal(
    codeLocation(to('https://app.test/cb', ''), 'c'),
    `https://app.test/cb?code=c&${iss}`,
  )
})

test('an error comes with its description, state and issuer, and without a code', () => {
  assert.equal(
    errorLocation(to('https://app.test/cb'), { code: 'access_denied', description: 'not now' }),
    `https://app.test/cb?error=access_denied&error_description=not%20now&state=s1&${iss}`,
  )
})

test('the registered query is kept byte for byte', () => {
  assert.equal(
    codeLocation(to('https://app.test/cb?k=v&flag&x=%7E+a'), 'c'),
    `https://app.test/cb?k=v&flag&x=%7E+a&code=c&state=s1&${iss}`,
  )
  assert.equal(
    codeLocation(to('https://app.test/cb?'), 'c'),
    `https://app.test/cb?code=c&state=s1&${iss}`,
  )
})

test('what the registered query has under our names gives way', () => {
  const forged = 'https://app.test/cb?code=x&k=v&%69ss=evil&state=y&error=z&code'
  assert.equal(codeLocation(to(forged), 'c'), `https://app.test/cb?k=v&code=c&state=s1&${iss}`)
})

test('private-use schemes are answered in their own form', () => {
  assert.equal(
    codeLocation(to('com.example.app:/cb'), 'c'),
    `com.example.app:/cb?code=c&state=s1&${iss}`,
  )
  assert.equal(
    codeLocation(to('cursor://anysphere.cursor-mcp/oauth/callback'), 'c'),
    `cursor://anysphere.cursor-mcp/oauth/callback?code=c&state=s1&${iss}`,
  )
})

test('whatever the state is, it comes back once and changes nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (state) => {
      const location = codeLocation(to('https://app.test/cb?k=v', state), 'c')
      assert.match(location, /^[\x21-\x7e]+$/)
      const url = new URL(location)
      assert.equal(`${url.origin}${url.pathname}${url.hash}`, 'https://app.test/cb')
      assert.deepEqual(
        [...url.searchParams],
        [
          ['k', 'v'],
          ['code', 'c'],
          ['state', state],
          ['iss', issuer],
        ],
      )
    }),
  )
})
