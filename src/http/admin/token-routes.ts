// Routes of tokens, of all users and of one (spec 05 §4.2).
import type { FastifyInstance } from 'fastify'
import { tokenListView } from '../../flows/admin/people-views.ts'
import {
  forceLogout,
  listTokens,
  listUserTokens,
  revokeListedToken,
} from '../../flows/admin/tokens.ts'
import type { Services } from '../../flows/services.ts'
import { describedBy } from '../openapi/operation.ts'
import { operatorOf, readPathParameter, readQuery } from './admin-request.ts'
import { sendJson, sendNothing } from './answer.ts'
import { readLenientPage } from './paging.ts'
import { tokenOperations } from './token-operations.ts'

/** Adds the routes. */
export function addTokenRoutes(server: FastifyInstance, services: Services): void {
  const { list, revoke, listOfUser, forceLogout: logout } = tokenOperations
  server.get('/admin/tokens', describedBy(list), async (request, reply) => {
    const found = await listTokens(services, operatorOf(request), {
      clientId: readQuery(request, 'client_id'),
      userId: readQuery(request, 'user_id'),
      ...readLenientPage(request),
    })
    return sendJson(reply, 200, tokenListView(found))
  })
  server.delete('/admin/tokens/:jti', describedBy(revoke), async (request, reply) => {
    await revokeListedToken(services, operatorOf(request), readPathParameter(request, 'jti'))
    return sendNothing(reply)
  })
  server.get('/admin/users/:id/tokens', describedBy(listOfUser), async (request, reply) => {
    const userId = readPathParameter(request, 'id')
    const query = { clientId: null, userId, ...readLenientPage(request) }
    const found = await listUserTokens(services, operatorOf(request), query)
    return sendJson(reply, 200, tokenListView(found))
  })
  server.delete('/admin/users/:id/tokens', describedBy(logout), async (request, reply) => {
    const userId = readPathParameter(request, 'id')
    const revoked = await forceLogout(services, operatorOf(request), userId)
    return sendJson(reply, 200, { user_id: userId, tokens_revoked: revoked })
  })
}
