// Addresses of a host name by DNS, IPv4 first. Asks the name servers itself instead of the system's
// resolver, whose questions cannot be called off and would pile up behind a slow name server;
// /etc/hosts is therefore not read.
import { Resolver } from 'node:dns/promises'

/** All addresses of a host, none when it has none; gives up when `signal` says so. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>

/** Asks for A and AAAA records. @throws Error when neither question was answered. */
export const resolveByDns: Resolve = async (host, signal) => {
  if (isLocalhost(host)) return ['127.0.0.1', '::1']
  const resolver = new Resolver()
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel)
  try {
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    if (four.status === 'rejected' && six.status === 'rejected') throw four.reason
    return [four, six].flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** These names never leave the machine (RFC 6761 §6.3). */
function isLocalhost(host: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(host)
}
