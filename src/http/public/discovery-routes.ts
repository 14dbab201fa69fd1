// Discovery documents: authorization server metadata on every well-known form (RFC 8414, C4) and
// protected resource metadata (RFC 9728, C2).
import type { FastifyInstance, FastifyReply } from 'fastify'
import { describeProtectedResource, describeServer } from '../../flows/discovery/describe.ts'
import type { Services } from '../../flows/services.ts'
import { metadataPaths } from '../../oauth/server-metadata.ts'
import { sendJson } from '../json.ts'

const protectedResourcePath = '/.well-known/oauth-protected-resource'

/** Adds the documents. They are made per request: an administrator's change shows at once. */
export function addDiscoveryRoutes(server: FastifyInstance, services: Services): void {
  for (const path of metadataPaths(services.settings.features.issuer)) {
    server.get(path, async (_request, reply) => sendDocument(reply, await describeServer(services)))
  }
  server.get(protectedResourcePath, async (_request, reply) =>
    sendResource(reply, await describeProtectedResource(services, null)),
  )
  server.get<{ Params: { '*': string } }>(`${protectedResourcePath}/*`, async (request, reply) =>
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
