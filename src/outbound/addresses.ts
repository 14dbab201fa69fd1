// Which IP addresses are nobody's on the public internet (RFC 6890, spec 01 §12): private, local,
// reserved, and the IPv6 forms in which an IPv4 address hides.
import ipaddr from 'ipaddr.js'

const reservedV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((range) => ipaddr.IPv4.parseCIDR(range))

const reservedV6 = [
  // Unspecified, loopback, and IPv4-compatible addresses.
  '::/96',
  // IPv4 behind a translator, over 6to4, over Teredo.
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  '2001::/32',
  '100::/64',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
].map((range) => ipaddr.IPv6.parseCIDR(range))

/** Whether nothing outside may be expected at `address`; text that is no address counts as such. */
export function isReservedAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return true
  // An IPv4-mapped address is the IPv4 address that it maps.
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv4
    ? reservedV4.some((range) => parsed.match(range))
    : reservedV6.some((range) => parsed.match(range))
}
