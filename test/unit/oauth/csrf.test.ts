// Login nonces and tokens of forms (spec 01 §7.2).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { systemRandom } from '../../../src/base/random.ts'
import { formToken, isFormToken, isLoginNonce, newLoginNonce } from '../../../src/oauth/csrf.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))
const random = systemRandom()

describe('a login nonce', () => {
  it('is 32 hex digits and a MAC', () => {
    assert.match(newLoginNonce(random, key), /^[0-9a-f]{32}\|[\w-]{43}$/)
  })

  it('is known to the server that made it', () => {
    assert.equal(isLoginNonce(newLoginNonce(random, key), key), true)
  })

  it('of another key, changed or made up is unknown', () => {
    const nonce = newLoginNonce(random, key)
    const [hex = '', mac = ''] = nonce.split('|')
    const invented = `${'0'.repeat(32)}|${mac}`
    for (const forged of ['', '|', hex, `${hex}|`, `|${mac}`, invented, `${nonce}|`]) {
      assert.equal(isLoginNonce(forged, key), false, forged)
    }
    assert.equal(isLoginNonce(newLoginNonce(random, otherKey), key), false)
  })

  it('is another one each time', () => {
    assert.notEqual(newLoginNonce(random, key), newLoginNonce(random, key))
  })
})

describe('the token of a form', () => {
  it('is good for the browser that it was made for', () => {
    assert.equal(isFormToken(formToken('cookie', key), { held: 'cookie', key }), true)
  })

  it('is no good for another browser or under another key', () => {
    const token = formToken('cookie', key)

    assert.equal(isFormToken(token, { held: 'another cookie', key }), false)
    assert.equal(isFormToken(token, { held: 'cookie', key: otherKey }), false)
    assert.equal(isFormToken('', { held: 'cookie', key }), false)
  })
})
