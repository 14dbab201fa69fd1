// Discovery documents: authorization server metadata on every well-known form (RFC 8414, C4) and
// protected resource metadata (RFC 9728, C2).
import type { FastifyInstance, FastifyReply } from 'fastify'
import { describeProtectedResource, describeServer } from '../../flows/discovery/describe.ts'
import type { Services } from '../../flows/services.ts'
import { metadataPaths } from '../../oauth/server-metadata.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { protectedResourceOperations, serverMetadataOperation } from './discovery-operations.ts'

const protectedResourcePath = '/.well-known/oauth-protected-resource'

/** Adds the documents. They are made per request: an administrator's change shows at once. */
export function addDiscoveryRoutes(server: FastifyInstance, services: Services): void {
  for (const [index, path] of metadataPaths(services.settings.features.issuer).entries()) {
    server.get(path, describedBy(serverMetadataOperation(index)), async (_request, reply) =>
      sendDocument(reply, await describeServer(services)),
    )
  }
  const { root, named } = protectedResourceOperations
  server.get(protectedResourcePath, describedBy(root), async (_request, reply) =>
    sendResource(reply, await describeProtectedResource(services, null)),
  )
  server.get<{ Params: { '*': string } }>(
    `${protectedResourcePath}/*`,
    describedBy(named),
    async (request, reply) =>
      sendResource(reply, await describeProtectedResource(services, request.params['*'])),
  )
}

function sendDocument(reply: FastifyReply, document: object): FastifyReply {
  reply.header('cache-control', 'public, max-age=3600')
  return sendJson(reply, 'application/json', JSON.stringify(document))
}

function sendResource(reply: FastifyReply, document: object | null): FastifyReply {
  if (document !== null) return sendDocument(reply, document)
  return reply
    .code(404)
    .header('content-type', 'text/plain; charset=utf-8')
    .header('cache-control', 'no-store')
    .send('no such protected resource\n')
}
