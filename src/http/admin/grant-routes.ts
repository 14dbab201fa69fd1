// Routes of what users have allowed (spec 05 §4.6).
import type { FastifyInstance } from 'fastify'
import { listConsentGrants, revokeConsentGrant } from '../../flows/admin/grants.ts'
import { userGrantsView } from '../../flows/admin/people-views.ts'
import type { Services } from '../../flows/services.ts'
import { describedBy } from '../openapi/operation.ts'
import { operatorOf, readPathParameter } from './admin-request.ts'
import { sendJson, sendNothing } from './answer.ts'
import { grantOperations } from './grant-operations.ts'

/** Adds the routes. */
export function addGrantRoutes(server: FastifyInstance, services: Services): void {
  const { listOfUser, revokeConsent, revokeBroker } = grantOperations
  server.get('/admin/users/:id/grants', describedBy(listOfUser), async (request, reply) => {
    const userId = readPathParameter(request, 'id')
    const consents = await listConsentGrants(services, operatorOf(request), userId)
    return sendJson(reply, 200, userGrantsView(consents))
  })
  server.delete('/admin/grants/consent/:id', describedBy(revokeConsent), async (request, reply) => {
    await revokeConsentGrant(services, operatorOf(request), readPathParameter(request, 'id'))
    return sendNothing(reply)
  })
  server.delete('/admin/grants/broker/:id', describedBy(revokeBroker), async (request, reply) => {
    // No upstream provider can be connected yet: no id belongs to a grant, and none is one to end.
    readPathParameter(request, 'id')
    return sendNothing(reply)
  })
}
