// Routes of signing keys (spec 05 §4.8): public halves only.
import type { FastifyInstance } from 'fastify'
import { keyListView, rotatedKeyView } from '../../flows/admin/views.ts'
import { rotateKey } from '../../flows/keys/rotate-key.ts'
import type { Services } from '../../flows/services.ts'
import { describedBy } from '../openapi/operation.ts'
import { operatorOf, readQueryFlag } from './admin-request.ts'
import { sendJson } from './answer.ts'
import { keyOperations } from './key-operations.ts'

/** Adds the routes. */
export function addKeyRoutes(server: FastifyInstance, services: Services): void {
  server.get('/admin/keys', describedBy(keyOperations.list), async (_request, reply) =>
    sendJson(reply, 200, keyListView(services.publishedKeys.keys())),
  )
  server.post('/admin/keys/rotate', describedBy(keyOperations.rotate), async (request, reply) => {
    const force = readQueryFlag(request, 'force')
    const key = await rotateKey(services, operatorOf(request), { force })
    return sendJson(reply, 200, rotatedKeyView(key))
  })
}
