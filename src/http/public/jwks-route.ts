// GET /.well-known/jwks.json (spec 01 §3.2, C5).
import type { FastifyInstance } from 'fastify'
import { limits } from '../../base/limits.ts'
import type { Services } from '../../flows/services.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { keySetOperation } from './discovery-operations.ts'

/** Adds the key set, as published at the moment of the request. */
export function addJwksRoute(server: FastifyInstance, services: Services, basePath: string): void {
  server.get(basePath + endpointPaths.jwks, describedBy(keySetOperation), (_request, reply) => {
    const document = services.publishedKeys.jwks()
    reply.header('cache-control', `public, max-age=${limits.keySetLifeSeconds}`)
    sendJson(reply, 'application/json', document)
  })
}
