// Administration of protected resources (spec 05 §4.4). Each change and its audit row are one unit.
import { unreachable } from '../../base/assert.ts'
import { keyValue } from '../../base/key-value.ts'
import {
  decideResource,
  type RequestedResource,
  type ResourceMetadata,
  resourceFields,
} from '../../oauth/resource-registration.ts'
import type { BackendKind, Resource } from '../../records/resource.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError, acceptedOf } from './admin-error.ts'

/** Registers a resource. @throws AdminError, ActorError. */
export async function createResource(
  services: Services,
  operator: Operator,
  requested: RequestedResource,
): Promise<Resource> {
  const metadata = acceptedOf(decideResource(requested))
  const nowMs = services.clock.nowMs()
  const resource: Resource = {
    ...metadata,
    id: services.random.opaqueId(),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const audit = adminEvent(services, operator, {
    action: 'resource.created',
    clientId: '',
    detail: nameOf(resource),
  })
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('createResource', { resource, audit }, options)
  if (!outcome.ok) throw refusalOf(outcome.refusal)
  return resource
}

export interface ResourcePage {
  readonly backendKind: BackendKind | null
  readonly brokerProviderId: string | null
  readonly limit: number
  readonly offset: number
}

/** A page of resources, by slug. @throws ActorError */
export async function listResources(
  services: Services,
  operator: Operator,
  page: ResourcePage,
): Promise<readonly Resource[]> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('listResources', page, options)
  return outcome.reply.resources
}

/** One resource, by its row id or its slug. @throws AdminError `not_found`, ActorError. */
export async function readResource(
  services: Services,
  operator: Operator,
  wanted: { readonly by: 'id' | 'slug'; readonly value: string },
): Promise<Resource> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('readResource', wanted, options)
  if (outcome.reply.resource === null) throw unknownResource(wanted.by)
  return outcome.reply.resource
}

/**
 * Changes a resource; the resource that results is checked as a whole, and `policy` replaces the
 * whole policy. An empty change writes nothing. @throws AdminError, ActorError.
 */
export async function changeResource(
  services: Services,
  operator: Operator,
  { id, change }: { readonly id: string; readonly change: RequestedResource },
): Promise<Resource> {
  const stored = await readResource(services, operator, { by: 'id', value: id })
  const fields = fieldsOf(change)
  if (fields.length === 0) return stored
  const metadata = acceptedOf(decideResource(merge(stored, change)))
  const named = fields.map((field) => resourceFields[field]).join(',')
  const outcome = await services.storage.ask(
    'changeResource',
    {
      id,
      change: changedMembers(stored, metadata),
      nowMs: services.clock.nowMs(),
      audit: adminEvent(services, operator, {
        action: 'resource.patched',
        clientId: '',
        detail: `${nameOf({ id, slug: metadata.slug })} ${keyValue('fields', named)}`,
      }),
    },
    askOptions(services, operator.trace),
  )
  if (!outcome.ok) throw refusalOf(outcome.refusal)
  return outcome.reply.resource
}

/** Deletes a resource that nothing refers to. @throws AdminError, ActorError. */
export async function deleteResource(
  services: Services,
  operator: Operator,
  id: string,
): Promise<void> {
  const { slug } = await readResource(services, operator, { by: 'id', value: id })
  const audit = adminEvent(services, operator, {
    action: 'resource.deleted',
    clientId: '',
    detail: nameOf({ id, slug }),
  })
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('deleteResource', { id, audit }, options)
  if (outcome.ok) return
  switch (outcome.refusal) {
    case 'unknown-resource':
      throw unknownResource('id')
    case 'resource-in-use':
      throw new AdminError('conflict', 'issued tokens or consents still refer to the resource')
    case 'resource-fronted':
      throw new AdminError('conflict', 'fronting links still refer to the resource')
    default:
      return unreachable(outcome.refusal)
  }
}

type ResourceRefusal =
  | 'unknown-resource'
  | 'slug-taken'
  | 'unknown-client'
  | 'unknown-provider'
  | 'resource-fronted'

/** What a refused creation or change means to the operator. */
export function refusalOf(refusal: ResourceRefusal): AdminError {
  switch (refusal) {
    case 'unknown-resource':
      return unknownResource('id')
    case 'slug-taken':
      return new AdminError('conflict', 'another resource has this slug')
    case 'unknown-client':
      return new AdminError('invalid', 'the policy names a client that does not exist')
    case 'unknown-provider':
      return new AdminError('invalid', 'there is no broker provider with this id')
    case 'resource-fronted':
      return new AdminError('invalid', 'fronting links depend on what would change')
    default:
      return unreachable(refusal)
  }
}

function fieldsOf(change: RequestedResource): readonly (keyof RequestedResource)[] {
  const fields = Object.keys(resourceFields) as readonly (keyof RequestedResource)[]
  return fields.filter((field) => change[field] !== null)
}

function merge(stored: Resource, change: RequestedResource): RequestedResource {
  // Who makes a resource a mint resource need not say that its provider is gone.
  const keptProvider = change.backendKind === 'mint' ? null : stored.brokerProviderId
  return {
    slug: change.slug ?? stored.slug,
    uri: change.uri ?? stored.uri,
    backendKind: change.backendKind ?? stored.backendKind,
    brokerProviderId: change.brokerProviderId ?? keptProvider,
    displayName: change.displayName ?? stored.displayName,
    scopes: change.scopes ?? stored.scopes,
    policy: change.policy ?? stored.policy,
  }
}

/** Only what differs is sent, so that changes of different members do not undo each other. */
function changedMembers(stored: Resource, metadata: ResourceMetadata): Partial<ResourceMetadata> {
  const members = Object.entries(metadata).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(stored[name as keyof ResourceMetadata]),
  )
  return Object.fromEntries(members)
}

function nameOf({ id, slug }: Pick<Resource, 'id' | 'slug'>): string {
  return `${keyValue('id', id)} ${keyValue('slug', slug)}`
}

function unknownResource(by: 'id' | 'slug'): AdminError {
  return new AdminError('not_found', `there is no resource with this ${by}`)
}
