// Listen addresses in Go's form, `:9000`, `127.0.0.1:9000`, `[::1]:9000`, and whether two of them
// claim the same socket (spec 06 §4.1, §5.4).
import ipaddr from 'ipaddr.js'

export interface ListenAddress {
  /** Name or address without brackets; null = every interface. */
  readonly host: string | null
  /** 0 = any free port. */
  readonly port: number
}

const addressPattern = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/

/** The parts of a listen address, or null when `text` is not one. */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = addressPattern.exec(text)
  if (match === null) return null
  const [, bracketed, plain, digits] = match
  const port = Number(digits)
  if (port > 65_535) return null
  if (bracketed !== undefined && !ipaddr.IPv6.isValid(bracketed)) return null
  const host = bracketed ?? plain ?? ''
  if (/^[\d.]+$/.test(host) && !ipaddr.IPv4.isValidFourPartDecimal(host)) return null
  return { host: host === '' ? null : host, port }
}

/** The written form of a listen address. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  if (host === null) return `:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether binding both would fail. `localhost` counts as both loopback addresses. */
export function claimSameSocket(one: ListenAddress, other: ListenAddress): boolean {
  if (one.port !== other.port || one.port === 0) return false
  const ones = interfacesOf(one.host)
  const others = interfacesOf(other.host)
  return ones.some((left) => others.some((right) => overlap(left, right)))
}

/** Canonical addresses behind a host; a name other than localhost stands for itself. */
function interfacesOf(host: string | null): readonly string[] {
  if (host === null) return ['::']
  if (host.toLowerCase() === 'localhost') return ['127.0.0.1', '::1']
  return [ipaddr.isValid(host) ? ipaddr.process(host).toString() : host.toLowerCase()]
}

/** An unspecified IPv6 address is dual-stack and takes the port of IPv4 as well. */
function overlap(left: string, right: string): boolean {
  if (left === right || left === '::' || right === '::') return true
  const anyIpv4 = left === '0.0.0.0' || right === '0.0.0.0'
  return anyIpv4 && !left.includes(':') && !right.includes(':')
}
