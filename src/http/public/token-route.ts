// POST /oauth/token: body and headers to a call, the flow's answer to the socket (spec 01 §10).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Services } from '../../flows/services.ts'
import { issueToken } from '../../flows/token/issue-token.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { readTokenCall } from '../../oauth/token-request.ts'
import { formOf } from '../body.ts'
import type { LoadShedder } from '../hooks/shed-load.ts'
import { traceOf } from '../hooks/trace.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { issueTokenOperation } from './token-operation.ts'

const tokenHeaders = { 'cache-control': 'no-store', pragma: 'no-cache' }

export interface TokenRouteOptions {
  readonly basePath: string
  readonly addressOf: (request: FastifyRequest) => string
  readonly shedder: LoadShedder
}

/** Adds the token endpoint. */
export function addTokenRoute(
  server: FastifyInstance,
  services: Services,
  { basePath, addressOf, shedder }: TokenRouteOptions,
): void {
  const url = basePath + endpointPaths.token
  server.route({
    ...describedBy(issueTokenOperation),
    method: 'POST',
    url,
    onRequest: shedder.guard('POST', url, 'token'),
    handler: async (request, reply) => {
      const call = readTokenCall(formOf(request), request.headers.authorization, {
        ip: addressOf(request),
        trace: traceOf(request),
        requestId: request.id,
      })
      const response = await issueToken(services, call)
      reply.headers(tokenHeaders)
      return sendJson(reply, 'application/json', JSON.stringify(response))
    },
  })
}
