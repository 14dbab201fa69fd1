// Encodings and comparisons (src/base/bytes.ts), hashes (src/base/hash.ts).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { base64url, constantTimeEqual, utf8Bytes } from '../../../src/base/bytes.ts'
import { hmacSha256Base64, sha256Base64, sha256Base64url } from '../../../src/base/hash.ts'

test('base64url has its own alphabet and no padding', () => {
  assert.equal(base64url(Uint8Array.of(0xfb, 0xff)), '-_8')
  assert.equal(base64url('é'), 'w6k')
})

test('base64url encodes the view, not the buffer behind it', () => {
  const buffer = Uint8Array.of(1, 2, 3, 4)

  assert.equal(base64url(buffer.subarray(1, 3)), base64url(Uint8Array.of(2, 3)))
})

test('UTF-8 bytes are those of the text', () => {
  assert.deepEqual([...utf8Bytes('aé')], [0x61, 0xc3, 0xa9])
})

test('property: the constant-time comparison is equality', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (left, right) => {
      assert.equal(constantTimeEqual(left, right), left === right)
      assert.equal(constantTimeEqual(left, left), true)
      assert.equal(constantTimeEqual(left, `${left}x`), false)
    }),
  )
})

// FIPS 180-2 appendix B.1 and RFC 4231 test case 2.
test('hashes are those of the standards', () => {
  const key = createSecretKey(Buffer.from('Jefe'))

  assert.equal(sha256Base64url('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  assert.equal(sha256Base64('abc'), 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0')
  assert.equal(
    Buffer.from(hmacSha256Base64(key, 'what do ya want for nothing?'), 'base64').toString('hex'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
  assert.doesNotMatch(hmacSha256Base64(key, 'a'), /=/)
})
