// Routes of protected resources (spec 05 §4.4).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AdminError, acceptedOf } from '../../flows/admin/admin-error.ts'
import { readFronting } from '../../flows/admin/fronting.ts'
import {
  changeResource,
  createResource,
  deleteResource,
  listResources,
  readResource,
} from '../../flows/admin/resources.ts'
import { frontingLinkView, resourceView } from '../../flows/admin/views.ts'
import type { Services } from '../../flows/services.ts'
import { readResourceDocument } from '../../oauth/resource-registration.ts'
import { backendKinds } from '../../records/resource.ts'
import { describedBy } from '../openapi/operation.ts'
import {
  operatorOf,
  readJsonObject,
  readPathParameter,
  readQuery,
  readQueryChoice,
  readQueryFlag,
} from './admin-request.ts'
import { sendJson, sendNothing } from './answer.ts'
import { readStrictPage } from './paging.ts'
import { resourceOperations } from './resource-operations.ts'

const listFilters = ['backend_kind', 'broker_provider_id', 'limit', 'offset']

/** Adds the routes. */
export function addResourceRoutes(server: FastifyInstance, services: Services): void {
  const { list, create, read, change, delete: remove } = resourceOperations
  server.get('/admin/resources', describedBy(list), async (request, reply) => {
    const slug = readSlug(request)
    if (slug !== null) {
      const wanted = { by: 'slug', value: slug } as const
      const resource = await readResource(services, operatorOf(request), wanted)
      return sendJson(reply, 200, resourceView(resource))
    }
    const resources = await listResources(services, operatorOf(request), {
      backendKind: readQueryChoice(request, 'backend_kind', backendKinds),
      brokerProviderId: readQuery(request, 'broker_provider_id'),
      ...readStrictPage(request),
    })
    return sendJson(reply, 200, resources.map(resourceView))
  })
  server.post('/admin/resources', describedBy(create), async (request, reply) => {
    const requested = acceptedOf(readResourceDocument(readJsonObject(request)))
    const resource = await createResource(services, operatorOf(request), requested)
    return sendJson(reply, 201, resourceView(resource))
  })
  server.get('/admin/resources/:id', describedBy(read), async (request, reply) => {
    const wanted = { by: 'id', value: readPathParameter(request, 'id') } as const
    const resource = await readResource(services, operatorOf(request), wanted)
    return sendJson(reply, 200, resourceView(resource))
  })
  server.patch('/admin/resources/:id', describedBy(change), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const requested = acceptedOf(readResourceDocument(readJsonObject(request)))
    const wanted = { id, change: requested }
    const resource = await changeResource(services, operatorOf(request), wanted)
    return sendJson(reply, 200, resourceView(resource))
  })
  server.delete('/admin/resources/:id', describedBy(remove), async (request, reply) => {
    const id = readPathParameter(request, 'id')
    const cascade = readQueryFlag(request, 'cascade')
    await deleteResource(services, operatorOf(request), { id, cascade })
    return sendNothing(reply)
  })
  const { fronting } = resourceOperations
  server.get('/admin/resources/:slug/fronting', describedBy(fronting), async (request, reply) => {
    const wanted = readPathParameter(request, 'slug')
    const { slug, fronts, frontedBy } = await readFronting(services, operatorOf(request), wanted)
    return sendJson(reply, 200, {
      slug,
      fronts: fronts.map(frontingLinkView),
      fronted_by: frontedBy.map(frontingLinkView),
    })
  })
}

/** The slug of a single resource, which no filter of the list may stand beside. */
function readSlug(request: FastifyRequest): string | null {
  const slug = readQuery(request, 'slug')
  if (slug === null) return null
  const filter = listFilters.find((name) => readQuery(request, name) !== null)
  if (filter === undefined) return slug
  throw new AdminError('invalid', `slug and ${filter} cannot be combined`)
}
