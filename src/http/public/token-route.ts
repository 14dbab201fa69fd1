// POST /oauth/token: body and headers to a call, the flow's answer to the socket (spec 01 §10).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Services } from '../../flows/services.ts'
import { issueToken } from '../../flows/token/issue-token.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { readTokenCall } from '../../oauth/token-request.ts'
import { formOf } from '../body.ts'
import type { TrustsPeer } from '../client-address.ts'
import type { LoadShedder } from '../hooks/shed-load.ts'
import { traceOf } from '../hooks/trace.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { offerNonce, proofReader, type ReadProof } from './presented-proof.ts'
import { issueTokenOperation } from './token-operation.ts'

const tokenHeaders = { 'cache-control': 'no-store', pragma: 'no-cache' }

export interface TokenRouteOptions {
  readonly basePath: string
  readonly addressOf: (request: FastifyRequest) => string
  readonly shedder: LoadShedder
  readonly trustsPeer: TrustsPeer
}

/** Adds the token endpoint. */
export function addTokenRoute(
  server: FastifyInstance,
  services: Services,
  { basePath, addressOf, shedder, trustsPeer }: TokenRouteOptions,
): void {
  const { isDpopEnabled, issuer } = services.settings.features
  const readProof: ReadProof = isDpopEnabled
    ? proofReader({ issuer, path: endpointPaths.token, trustsPeer })
    : () => null
  const url = basePath + endpointPaths.token
  server.route({
    ...describedBy(issueTokenOperation),
    method: 'POST',
    url,
    onRequest: shedder.guard('POST', url, 'token'),
    ...(isDpopEnabled ? { onSend: offerNonce(services.dpopNonces) } : null),
    handler: async (request, reply) => {
      const call = readTokenCall(formOf(request), {
        authorization: request.headers.authorization,
        proof: readProof(request),
        caller: { ip: addressOf(request), trace: traceOf(request), requestId: request.id },
      })
      const response = await issueToken(services, call)
      reply.headers(tokenHeaders)
      return sendJson(reply, 'application/json', JSON.stringify(response))
    },
  })
}
