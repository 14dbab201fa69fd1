// Binding a listener to its configured address, and letting it go.
import type { FastifyInstance } from 'fastify'
import type { ListenAddress } from '../config/address.ts'

/**
 * Binds `server`. All interfaces means both address families, or IPv4 alone on a machine without
 * IPv6. Returns the port that was bound. @throws Error with code EADDRINUSE and the like.
 */
export async function listen(server: FastifyInstance, address: ListenAddress): Promise<number> {
  const hosts = address.host === null ? ['::', '0.0.0.0'] : [address.host]
  let failure: unknown
  for (const host of hosts) {
    try {
      await server.listen({ host, port: address.port })
      const bound = server.server.address()
      return typeof bound === 'object' && bound !== null ? bound.port : address.port
    } catch (error) {
      failure = error
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') break
    }
  }
  throw failure
}
