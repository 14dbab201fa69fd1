// Administration of protected resources (spec 05 §4.4). Each change and its audit row are one unit.
import type { LinkDeletion, ResourceChange } from '../../../actors/storage/protocol.ts'
import { unreachable } from '../../base/assert.ts'
import { keyValue } from '../../base/key-value.ts'
import {
  decideResource,
  type RequestedResource,
  type RequestedResourceChange,
  type ResolvedResource,
  type ResourceMetadata,
  resourceFields,
} from '../../oauth/resource-registration.ts'
import type { FrontingLink } from '../../records/fronting-link.ts'
import type { BackendKind, Resource } from '../../records/resource.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError, acceptedOf } from './admin-error.ts'
import { resolveProvider } from './providers.ts'

/** Registers a resource. @throws AdminError, ActorError. */
export async function createResource(
  services: Services,
  operator: Operator,
  requested: RequestedResource,
): Promise<Resource> {
  const resolved = await resolveProvider(services, operator, requested)
  const metadata = acceptedOf(decideResource(resolved))
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
 * Changes a resource; the resource that results is checked as a whole, and lists of the policy that
 * are named are replaced. An empty change writes nothing. @throws AdminError, ActorError.
 */
export async function changeResource(
  services: Services,
  operator: Operator,
  { id, change: requested }: { readonly id: string; readonly change: RequestedResourceChange },
): Promise<Resource> {
  const stored = await readResource(services, operator, { by: 'id', value: id })
  const change = await resolveProvider(services, operator, requested)
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

/**
 * Deletes a resource that nothing refers to; with `cascade` the fronting links from and to it go,
 * too. @throws AdminError (`conflict` with the links that stand in the way), ActorError.
 */
export async function deleteResource(
  services: Services,
  operator: Operator,
  { id, cascade }: { readonly id: string; readonly cascade: boolean },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { slug } = await readResource(services, operator, { by: 'id', value: id })
    const links = await readLinks(services, operator, slug)
    if (links.length > 0 && !cascade) throw linksRefer(links)
    const refusal = await tryToDelete(services, operator, { id, slug, cascade, links })
    if (refusal === null) return
    // Somebody changed a link meanwhile: their rows are made anew.
    if (refusal !== 'resource-fronted') throw refusalOfDeletion(refusal)
    if (attempt === deletionAttemptsMax) throw linksRefer(links)
  }
}

const deletionAttemptsMax = 3

type DeletionRefusal = 'unknown-resource' | 'resource-in-use' | 'resource-fronted'

async function tryToDelete(
  services: Services,
  operator: Operator,
  given: {
    readonly id: string
    readonly slug: string
    readonly cascade: boolean
    readonly links: readonly FrontingLink[]
  },
): Promise<DeletionRefusal | null> {
  const { id, links } = given
  const count = given.cascade ? ` ${keyValue('cascaded_links', String(links.length))}` : ''
  const outcome = await services.storage.ask(
    'deleteResource',
    {
      id,
      links: links.map((link) => linkDeletion(services, operator, link)),
      audit: adminEvent(services, operator, {
        action: 'resource.deleted',
        clientId: '',
        detail: nameOf(given) + count,
      }),
    },
    askOptions(services, operator.trace),
  )
  return outcome.ok ? null : outcome.refusal
}

function linkDeletion(
  services: Services,
  operator: Operator,
  { sourceSlug, targetSlug }: FrontingLink,
): LinkDeletion {
  const detail = [
    keyValue('source', sourceSlug),
    keyValue('target', targetSlug),
    keyValue('reason', 'resource_cascade'),
  ].join(' ')
  const action = 'fronting_link.deleted'
  const audit = adminEvent(services, operator, { action, clientId: '', detail })
  return { sourceSlug, targetSlug, audit }
}

async function readLinks(
  services: Services,
  operator: Operator,
  slug: string,
): Promise<readonly FrontingLink[]> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('listFrontingLinks', { slug }, options)
  return outcome.reply.links
}

function linksRefer(links: readonly FrontingLink[]): AdminError {
  return new AdminError('conflict', 'fronting links still refer to the resource', links)
}

function refusalOfDeletion(refusal: Exclude<DeletionRefusal, 'resource-fronted'>): AdminError {
  return refusal === 'unknown-resource'
    ? unknownResource('id')
    : new AdminError('conflict', 'issued tokens or consents still refer to the resource')
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

type ResolvedChange = Omit<RequestedResourceChange, 'brokerProviderSlug'>

function fieldsOf(change: ResolvedChange): readonly (keyof ResolvedResource)[] {
  const fields = Object.keys(resourceFields) as readonly (keyof ResolvedResource)[]
  return fields.filter((field) => change[field] !== null)
}

function merge(stored: Resource, change: ResolvedChange): ResolvedResource {
  // Who makes a resource a mint resource need not say that its provider is gone.
  const keptProvider = change.backendKind === 'mint' ? null : stored.brokerProviderId
  return {
    slug: change.slug ?? stored.slug,
    uri: change.uri ?? stored.uri,
    backendKind: change.backendKind ?? stored.backendKind,
    brokerProviderId: change.brokerProviderId ?? keptProvider,
    displayName: change.displayName ?? stored.displayName,
    scopes: change.scopes ?? stored.scopes,
    policy: { ...stored.policy, ...change.policy },
  }
}

/** Only what differs is sent, so that changes of different members do not undo each other. */
function changedMembers(stored: Resource, metadata: ResourceMetadata): ResourceChange {
  const { policy, ...members } = differing<ResourceMetadata>(stored, metadata)
  if (policy === undefined) return members
  return { ...members, policy: differing(stored.policy, metadata.policy) }
}

/** The members of `after` that `before` has not, or has differently. */
function differing<Members extends object>(before: Members, after: Members): Partial<Members> {
  const members = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Members]),
  )
  return Object.fromEntries(members) as Partial<Members>
}

function nameOf({ id, slug }: Pick<Resource, 'id' | 'slug'>): string {
  return `${keyValue('id', id)} ${keyValue('slug', slug)}`
}

function unknownResource(by: 'id' | 'slug'): AdminError {
  return new AdminError('not_found', `there is no resource with this ${by}`)
}
