// Whose request this is, as an IP address (spec 01 §1.5, B12): the socket's peer, or what a listed
// proxy says about it. Forwarding headers of anybody else are not looked at.
import ipaddr from 'ipaddr.js'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Reads the client's address from the socket peer and the `X-Forwarded-For` header. */
export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string

/** Whether what a socket peer says about the request in front of it is believed. */
export type TrustsPeer = (peer: string | undefined) => boolean

/** Believes the listed proxies. `trustedProxies` as for `clientAddressReader`. */
export function proxyTrust(trustedProxies: readonly string[]): TrustsPeer {
  const networks = trustedProxies.map(parseNetwork)
  return (peer) => networks.length > 0 && isTrusted(unmapped(peer ?? ''), networks)
}

/** `trustedProxies`: addresses or CIDR ranges, already validated by the configuration. */
export function clientAddressReader(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return (peer) => unmapped(peer ?? '')
  const networks = trustedProxies.map(parseNetwork)
  return (peer, forwardedFor) => {
    const address = unmapped(peer ?? '')
    if (forwardedFor === undefined || !isTrusted(address, networks)) return address
    const hops = forwardedFor.split(',').map((hop) => unmapped(hop.trim()))
    const client = hops.findLast((hop) => !isTrusted(hop, networks))
    // What stands before a hop that is no address was not written by a listed proxy.
    return client !== undefined && ipaddr.isValid(client) ? client : address
  }
}

/** The key under which the limiter counts an address: IPv6 hosts own a /64, not one address. */
export function limiterKey(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  return parts.slice(0, 4).join(':')
}

/** IPv4 addresses arrive as `::ffff:a.b.c.d` on dual-stack sockets. */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

function isTrusted(address: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return networks.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
  )
}
