// Routes of issuances (spec 05 §4.6).
import type { FastifyInstance } from 'fastify'
import { listIssuances, readIssuance, revokeIssuance } from '../../flows/admin/issuances.ts'
import { issuanceListView, issuanceView } from '../../flows/admin/views.ts'
import type { Services } from '../../flows/services.ts'
import { describedBy } from '../openapi/operation.ts'
import {
  operatorOf,
  readPathParameter,
  readQuery,
  readQueryInstant,
  readQueryInteger,
} from './admin-request.ts'
import { sendJson, sendNothing } from './answer.ts'
import { issuanceOperations } from './issuance-operations.ts'

/**
 * What `since` says when a single token was asked for: the zero time of the reference's language.
 */
const noWindow = '0001-01-01T00:00:00Z'

/** Adds the routes. */
export function addIssuanceRoutes(server: FastifyInstance, services: Services): void {
  const { list: listing, read, revoke } = issuanceOperations
  server.get('/admin/issuances', describedBy(listing), async (request, reply) => {
    const jti = readQuery(request, 'jti')
    const sinceMs = jti === null ? readQueryInstant(request, 'since') : null
    const list = await listIssuances(services, operatorOf(request), {
      userId: readQuery(request, 'user'),
      clientId: readQuery(request, 'client'),
      resourceId: readQuery(request, 'resource'),
      jti,
      since: sinceMs === null ? null : { atMs: sinceMs },
      limit: jti === null ? readQueryInteger(request, 'limit') : null,
    })
    return sendJson(reply, 200, issuanceListView(list, noWindow))
  })
  server.get('/admin/issuances/:id', describedBy(read), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    return sendJson(reply, 200, issuanceView(await readIssuance(services, operatorOf(request), id)))
  })
  server.delete('/admin/issuances/:id', describedBy(revoke), async (request, reply) => {
    await revokeIssuance(services, operatorOf(request), readPathParameter(request, 'id'))
    return sendNothing(reply)
  })
}
