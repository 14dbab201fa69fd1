// Listen addresses and their clashes (spec 06 §4.1, §5.4).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  claimSameSocket,
  formatListenAddress,
  parseListenAddress,
} from '../../../src/config/address.ts'

function clash(one: string, other: string): boolean {
  const [left, right] = [parseListenAddress(one), parseListenAddress(other)]
  assert.ok(left !== null && right !== null)
  const verdict = claimSameSocket(left, right)
  assert.equal(claimSameSocket(right, left), verdict, 'the order of two addresses plays no part')
  return verdict
}

for (const text of [
  '',
  '9000',
  ':',
  ':x',
  ':65536',
  '::1:9000',
  '[::1]',
  '[1.2.3.4]:1',
  '1.2.3:1',
  'a b:1',
  'http://a:1',
  ':9000/',
]) {
  test(`refuses ${JSON.stringify(text)} as a listen address`, () => {
    assert.equal(parseListenAddress(text), null)
  })
}

test('reads every interface, IPv4, IPv6 and names', () => {
  assert.deepEqual(parseListenAddress(':0'), { host: null, port: 0 })
  assert.deepEqual(parseListenAddress('10.1.2.3:80'), { host: '10.1.2.3', port: 80 })
  assert.deepEqual(parseListenAddress('[fe80::1]:65535'), { host: 'fe80::1', port: 65_535 })
  assert.deepEqual(parseListenAddress('auth-1.internal:80'), { host: 'auth-1.internal', port: 80 })
})

test('writes an address as it is read', () => {
  for (const text of [':9000', '10.1.2.3:80', '[fe80::1]:65535', 'auth-1.internal:80']) {
    const parsed = parseListenAddress(text)

    assert.ok(parsed !== null)
    assert.equal(formatListenAddress(parsed), text)
  }
})

test('finds two addresses that claim one socket, whatever their spelling', () => {
  assert.ok(clash(':1', ':1'))
  assert.ok(clash(':1', '0.0.0.0:1'))
  assert.ok(clash('[::]:1', '127.0.0.1:1'))
  assert.ok(clash('0.0.0.0:1', '127.0.0.1:1'))
  assert.ok(clash('[::1]:1', '[0:0:0:0:0:0:0:1]:1'))
  assert.ok(clash('localhost:1', '127.0.0.1:1'))
  assert.ok(clash('A.example:1', 'a.example:1'))
})

test('accepts addresses that differ in port, host or family, and free ports', () => {
  assert.ok(!clash(':1', ':2'))
  assert.ok(!clash('127.0.0.1:1', '127.0.0.2:1'))
  assert.ok(!clash('0.0.0.0:1', '[::1]:1'))
  assert.ok(!clash(':0', ':0'))
})
