// Routes of users (spec 05 §4.3, B38).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AdminError } from '../../flows/admin/admin-error.ts'
import { userView } from '../../flows/admin/people-views.ts'
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  moveUserStatus,
  readUser,
  setUserPassword,
  userStatusMoves,
} from '../../flows/admin/users.ts'
import type { Services } from '../../flows/services.ts'
import { documentReader } from '../../oauth/json-document.ts'
import { describedBy } from '../openapi/operation.ts'
import {
  operatorOf,
  readJsonObject,
  readPathParameter,
  readQuery,
  readQueryFlag,
} from './admin-request.ts'
import { sendJson, sendNothing } from './answer.ts'
import { readLenientPage } from './paging.ts'
import { userMoveOperation, userOperations } from './user-operations.ts'

/** Adds the routes. */
export function addUserRoutes(server: FastifyInstance, services: Services): void {
  const { create, list, read, change, delete: remove } = userOperations
  server.post('/admin/users', describedBy(create), async (request, reply) => {
    const requested = readTexts(request, ['email', 'password', 'name', 'role'])
    const user = await createUser(services, operatorOf(request), requested)
    return sendJson(reply, 201, userView(user))
  })
  server.get('/admin/users', describedBy(list), async (request, reply) => {
    const page = readLenientPage(request)
    const limit = readQuery(request, 'limit') === null ? null : page.limit
    const users = await listUsers(services, operatorOf(request), { ...page, limit })
    return sendJson(reply, 200, users.map(userView))
  })
  server.get('/admin/users/:id', describedBy(read), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    return sendJson(reply, 200, userView(await readUser(services, operatorOf(request), id)))
  })
  server.patch('/admin/users/:id', describedBy(change), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const wanted = { id, change: readTexts(request, ['email', 'name']) }
    return sendJson(reply, 200, userView(await changeUser(services, operatorOf(request), wanted)))
  })
  server.delete('/admin/users/:id', describedBy(remove), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const force = readQueryFlag(request, 'force')
    await deleteUser(services, operatorOf(request), { id, force })
    return sendNothing(reply)
  })
  addPasswordAndStatusRoutes(server, services)
}

function addPasswordAndStatusRoutes(server: FastifyInstance, services: Services): void {
  const { setPassword } = userOperations
  server.patch('/admin/users/:id/password', describedBy(setPassword), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const { password } = readTexts(request, ['password'])
    await setUserPassword(services, operatorOf(request), { id, password })
    return sendNothing(reply)
  })
  const moves = Object.keys(userStatusMoves) as readonly (keyof typeof userStatusMoves)[]
  for (const move of moves) {
    const operation = userMoveOperation(move)
    server.patch(`/admin/users/:id/${move}`, describedBy(operation), async (request, reply) => {
      const id = readPathParameter(request, 'id')
      const status = await moveUserStatus(services, operatorOf(request), { id, move })
      return sendJson(reply, 200, { status })
    })
  }
}

/** Texts of the body by their names, null = absent; other members are ignored. */
function readTexts<Name extends string>(
  request: FastifyRequest,
  names: readonly Name[],
): Readonly<Record<Name, string | null>> {
  const reader = documentReader(readJsonObject(request), '')
  const texts = names.map((name) => [name, reader.text(name)] as const)
  if (reader.problems.length > 0) throw new AdminError('invalid', reader.problems.join('; '))
  return Object.fromEntries(texts) as Record<Name, string | null>
}
