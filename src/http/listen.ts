// Binding a listener to its configured address, and letting it go.
import type { FastifyInstance } from 'fastify'
import type { ListenAddress } from '../config/address.ts'

/** A listener that is bound, for those who only need to let it go. */
export interface BoundListener {
  readonly port: number
  /** Takes no new connection, and resolves when open requests are answered. */
  drain(): Promise<void>
  /** Ends every connection at once. */
  cutOff(): void
}

/**
 * Binds `server`. All interfaces means both address families, or IPv4 alone on a machine without
 * IPv6. @throws Error with code EADDRINUSE and the like.
 */
export async function listen(
  server: FastifyInstance,
  address: ListenAddress,
): Promise<BoundListener> {
  const hosts = address.host === null ? ['::', '0.0.0.0'] : [address.host]
  let failure: unknown
  for (const host of hosts) {
    try {
      await server.listen({ host, port: address.port })
      return boundListener(server)
    } catch (error) {
      failure = error
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') break
    }
  }
  throw failure
}

function boundListener(server: FastifyInstance): BoundListener {
  const bound = server.server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    drain: () => server.close(),
    cutOff: () => server.server.closeAllConnections(),
  }
}
