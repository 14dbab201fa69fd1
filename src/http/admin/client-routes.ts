// Routes of OAuth clients (spec 05 §4.1).
import type { FastifyInstance } from 'fastify'
import { acceptedOf } from '../../flows/admin/admin-error.ts'
import {
  changeClient,
  clientStatusMoves,
  createClient,
  deleteClient,
  listClients,
  moveClientStatus,
  readClient,
  rotateClientSecret,
} from '../../flows/admin/clients.ts'
import { clientView, createdClientView } from '../../flows/admin/views.ts'
import type { Services } from '../../flows/services.ts'
import { readClientDocument } from '../../oauth/client-registration.ts'
import { clientStatuses, registrationSources } from '../../records/client.ts'
import { describedBy } from '../openapi/operation.ts'
import {
  operatorOf,
  readJsonObject,
  readPathParameter,
  readQueryChoice,
  readQueryFlag,
} from './admin-request.ts'
import { sendJson, sendNothing } from './answer.ts'
import { clientMoveOperation, clientOperations } from './client-operations.ts'
import { readLenientPage } from './paging.ts'

/** Adds the routes. */
export function addClientRoutes(server: FastifyInstance, services: Services): void {
  const { create, list, read, change, delete: remove } = clientOperations
  server.post('/admin/clients', describedBy(create), async (request, reply) => {
    const requested = acceptedOf(readClientDocument(readJsonObject(request)))
    const created = await createClient(services, operatorOf(request), requested)
    return sendJson(reply, 201, createdClientView(created))
  })
  server.get('/admin/clients', describedBy(list), async (request, reply) => {
    const clients = await listClients(services, operatorOf(request), {
      status: readQueryChoice(request, 'status', clientStatuses),
      source: readQueryChoice(request, 'source', registrationSources),
      ...readLenientPage(request),
    })
    return sendJson(reply, 200, clients.map(clientView))
  })
  server.get('/admin/clients/:id', describedBy(read), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    return sendJson(reply, 200, clientView(await readClient(services, operatorOf(request), id)))
  })
  server.patch('/admin/clients/:id', describedBy(change), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const requested = acceptedOf(readClientDocument(readJsonObject(request)))
    const wanted = { id, change: requested }
    const client = await changeClient(services, operatorOf(request), wanted)
    return sendJson(reply, 200, clientView(client))
  })
  server.delete('/admin/clients/:id', describedBy(remove), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const force = readQueryFlag(request, 'force')
    await deleteClient(services, operatorOf(request), { id, force })
    return sendNothing(reply)
  })
  addSecretAndStatusRoutes(server, services)
}

function addSecretAndStatusRoutes(server: FastifyInstance, services: Services): void {
  const { rotateSecret } = clientOperations
  server.post(
    '/admin/clients/:id/rotate-secret',
    describedBy(rotateSecret),
    async (request, reply) => {
      const id = readPathParameter(request, 'id')
      const { client, secret } = await rotateClientSecret(services, operatorOf(request), id)
      return sendJson(reply, 200, { client_id: client.id, client_secret: secret })
    },
  )
  const moves = Object.keys(clientStatusMoves) as readonly (keyof typeof clientStatusMoves)[]
  for (const move of moves) {
    const operation = clientMoveOperation(move)
    server.patch(`/admin/clients/:id/${move}`, describedBy(operation), async (request, reply) => {
      const id = readPathParameter(request, 'id')
      const status = await moveClientStatus(services, operatorOf(request), { id, move })
      return sendJson(reply, 200, { status })
    })
  }
}
