// Addresses that are never connected to for others (src/outbound/addresses.ts, spec 01 §12, CM-02).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isReservedAddress } from '../../../src/outbound/addresses.ts'

const reserved = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255'],
  ...['127.0.0.1', '127.1.2.3', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1'],
  ...['192.0.2.1', '192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1'],
  ...['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
  ...[
    '::',
    '::1',
    '::7f00:1',
    '2001:db8::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ],
  ...['::ffff:10.0.0.1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:127.0.0.1'],
  ...['64:ff9b::a00:1', '64:ff9b:1::1', '2002:a00:1::', '2002:7f00:1::', '2001::1', '100::1'],
]

for (const address of reserved) {
  test(`${address} is reserved`, () => assert.equal(isReservedAddress(address), true))
}

const open = [
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0'],
  ...['126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255'],
  ...['172.32.0.0', '192.0.1.0', '192.0.3.0', '192.167.255.255', '192.169.0.0', '198.17.255.255'],
  ...['198.20.0.0', '223.255.255.255', '2606:4700::1111', '2a00:1450:4001::1', '2001:1::1'],
  ...['2003::1', '::ffff:8.8.8.8'],
]

for (const address of open) {
  test(`${address} is not`, () => assert.equal(isReservedAddress(address), false))
}

test('what is no address counts as reserved', () => {
  for (const text of ['', 'localhost', '1.2.3.4.5', '::g', 'example.com']) {
    assert.equal(isReservedAddress(text), true, text)
  }
})

test('an IPv4-mapped address is judged as the IPv4 address that it maps', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      assert.equal(isReservedAddress(`::ffff:${address}`), isReservedAddress(address))
    }),
  )
})
