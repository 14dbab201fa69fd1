// Routes of the lists in a resource's policy (spec 05 §4.4): one entry at a time, idempotent.
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { limits } from '../../base/limits.ts'
import { AdminError } from '../../flows/admin/admin-error.ts'
import {
  addPolicyEntry,
  readPolicyList,
  removePolicyEntry,
} from '../../flows/admin/resource-policy.ts'
import type { Services } from '../../flows/services.ts'
import { documentReader } from '../../oauth/json-document.ts'
import { describedBy } from '../openapi/operation.ts'
import { operatorOf, readJsonObject, readPathParameter, readQuery } from './admin-request.ts'
import { sendJson } from './answer.ts'
import { type DescribedList, policyListOperations } from './resource-policy-operations.ts'

interface ListRoutes extends DescribedList {
  readonly path: string
}

const routes: readonly ListRoutes[] = [
  {
    list: 'exchange',
    path: 'exchange/allowed-clients',
    member: 'allowed_client_ids',
    entry: 'client_id',
  },
  {
    list: 'connect',
    path: 'connect/allowed-return-urls',
    member: 'allowed_return_urls',
    entry: 'url',
  },
  { list: 'runtime', path: 'runtime/client-ids', member: 'client_ids', entry: 'client_id' },
]

/** Adds the routes. */
export function addResourcePolicyRoutes(server: FastifyInstance, services: Services): void {
  for (const route of routes) addListRoutes(server, services, route)
}

function addListRoutes(server: FastifyInstance, services: Services, route: ListRoutes): void {
  const { list, member, entry } = route
  const url = `/admin/resources/:slug/policy/${route.path}`
  const operations = policyListOperations(route)
  const readSlug = (request: FastifyRequest): string => readPathParameter(request, 'slug')

  server.get(url, describedBy(operations.read), async (request, reply) => {
    const wanted = { slug: readSlug(request), list }
    const entries = await readPolicyList(services, operatorOf(request), wanted)
    return sendJson(reply, 200, { [member]: entries })
  })
  const adding = { ...describedBy(operations.add), bodyLimit: limits.policyBodyBytesMax }
  server.post(url, adding, async (request, reply) => {
    const edit = { slug: readSlug(request), list, entry: readEntry(request, entry) }
    const entries = await addPolicyEntry(services, operatorOf(request), edit)
    return sendJson(reply, 200, { [member]: entries })
  })
  const remove: RouteHandlerMethod = async (request, reply) => {
    // A URL goes into the query: encoded slashes in a path are not everybody's business to keep.
    const removed = entry === 'url' ? readUrl(request) : readPathParameter(request, entry)
    const edit = { slug: readSlug(request), list, entry: removed }
    const entries = await removePolicyEntry(services, operatorOf(request), edit)
    return sendJson(reply, 200, { [member]: entries })
  }
  const place = entry === 'url' ? url : `${url}/:${entry}`
  server.delete(place, describedBy(operations.remove), remove)
}

function readUrl(request: FastifyRequest): string {
  const url = readQuery(request, 'url')
  if (url !== null) return url
  throw new AdminError('invalid', 'url is required')
}

function readEntry(request: FastifyRequest, name: string): string {
  const reader = documentReader(readJsonObject(request), '')
  reader.refuseOthers([name])
  const entry = reader.text(name) ?? ''
  if (reader.problems.length === 0) return entry
  throw new AdminError('invalid', reader.problems.join('; '))
}
