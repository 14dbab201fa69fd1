// POST /oauth/introspect: body and headers to a question, the flow's answer to the socket (spec 01
// §13).
import type { FastifyInstance } from 'fastify'
import type { Services } from '../../flows/services.ts'
import { introspectToken } from '../../flows/token/introspect.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { introspectTokenOperation } from './introspect-operation.ts'
import { presentedTokenCall, type TokenStateRouteOptions } from './presented-token-call.ts'

/** Adds the introspection endpoint. */
export function addIntrospectRoute(
  server: FastifyInstance,
  services: Services,
  { basePath, addressOf, shedder }: TokenStateRouteOptions,
): void {
  const url = basePath + endpointPaths.introspection
  const onRequest = shedder.guard('POST', url, 'inspection')
  server.post(
    url,
    { ...describedBy(introspectTokenOperation), onRequest },
    async (request, reply) => {
      const document = await introspectToken(services, presentedTokenCall(request, addressOf))
      reply.header('cache-control', 'no-store')
      return sendJson(reply, 'application/json', JSON.stringify(document))
    },
  )
}
