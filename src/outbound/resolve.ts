// Addresses of a host name by DNS, IPv4 first. Asks the name servers itself instead of the system's
// resolver, whose questions cannot be called off and would pile up behind a slow name server;
// /etc/hosts is therefore not read.
import { Resolver } from 'node:dns/promises'

/** All addresses of a host, none when it has none; gives up when `signal` says so. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>

/**
 * Asks `servers` (null = those of the machine) for A and AAAA records; throws when neither question
 * is answered.
 */
export function dnsResolve(servers: readonly string[] | null): Resolve {
  return async (host, signal) => {
    if (isLocalhost(host)) return ['127.0.0.1', '::1']
    const resolver = new Resolver()
    if (servers !== null) resolver.setServers(servers)
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel)
    try {
      const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
      const [four, six] = answers
      if (four.status === 'rejected' && six.status === 'rejected') throw four.reason
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** These names never leave the machine (RFC 6761 §6.3). */
function isLocalhost(host: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(host)
}
