// POST /oauth/revoke: body and headers to a wish; 200 says that it is true now (spec 01 §14).
import type { FastifyInstance } from 'fastify'
import type { Services } from '../../flows/services.ts'
import { revokeToken } from '../../flows/token/revoke.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { describedBy } from '../openapi/operation.ts'
import { presentedTokenCall, type TokenStateRouteOptions } from './presented-token-call.ts'
import { revokeTokenOperation } from './revoke-operation.ts'

/** Adds the revocation endpoint. */
export function addRevokeRoute(
  server: FastifyInstance,
  services: Services,
  { basePath, addressOf, shedder }: TokenStateRouteOptions,
): void {
  const url = basePath + endpointPaths.revocation
  const onRequest = shedder.guard('POST', url, 'inspection')
  server.post(url, { ...describedBy(revokeTokenOperation), onRequest }, async (request, reply) => {
    await revokeToken(services, presentedTokenCall(request, addressOf))
    return reply.code(200).header('cache-control', 'no-store').send()
  })
}
