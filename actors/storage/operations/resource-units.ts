// Units of work on resources, each with the audit rows that tell of it (decision D1; spec 05 §4.4).
import type { FrontingLink } from '../../../src/records/fronting-link.ts'
import type { Resource, ResourcePolicy } from '../../../src/records/resource.ts'
import { refused, replied } from '../../runtime/define-actor.ts'
import type { LinkDeletion } from '../protocol.ts'
import type { Operation } from '../sql.ts'
import { insertAudit } from './audit.ts'
import { anyClientUnknown, clientExists } from './clients.ts'
import {
  deleteFrontingLink,
  isFronted,
  listFrontingLinks,
  mapsScopeOutside,
} from './fronting-links.ts'
import { providerExists } from './providers.ts'
import {
  deleteResourceRow,
  insertResource,
  readResource,
  slugTaken,
  updateResource,
} from './resources.ts'
import { done, operationUnit, type UnitOf, type UnitRequest, type Units } from './unit-types.ts'

type ResourceUnit = 'createResource' | 'changeResource' | 'editPolicyList' | 'deleteResource'

export const resourceUnits: Units<ResourceUnit> = {
  createResource: operationUnit(createResource),
  changeResource: operationUnit(changeResource),
  editPolicyList: operationUnit(editPolicyList),
  // Issuances and consents keep their resource by foreign keys.
  deleteResource: (request) => ({
    kind: 'operation',
    operation: () => deleteResource(request),
    foreignKey: 'resource-in-use',
    refusesFirst: false,
  }),
}

function* createResource({
  resource,
  audit,
}: UnitRequest<'createResource'>): UnitOf<'createResource'> {
  if (yield* anyClientUnknown(clientIdsOf(resource.policy))) return refused('unknown-client')
  if (yield* providerUnknown(resource)) return refused('unknown-provider')
  if (!(yield* insertResource(resource))) return refused('slug-taken')
  yield* insertAudit(audit)
  return done
}

function* changeResource(request: UnitRequest<'changeResource'>): UnitOf<'changeResource'> {
  const stored = yield* readResource({ by: 'id', value: request.id })
  if (stored === null) return refused('unknown-resource')
  const { change, nowMs } = request
  const policy = { ...stored.policy, ...change.policy }
  const resource: Resource = { ...stored, ...change, policy, updatedAtMs: nowMs }
  if (yield* breaksLinks(stored, resource)) return refused('resource-fronted')
  if (yield* slugTaken(resource.slug, resource.id)) return refused('slug-taken')
  if (change.policy !== undefined) {
    // Ids that are listed already may belong to clients that were deleted since.
    const known = clientIdsOf(stored.policy)
    const added = clientIdsOf(resource.policy).filter((id) => !known.includes(id))
    if (yield* anyClientUnknown(added)) return refused('unknown-client')
  }
  if (yield* providerUnknown(resource)) return refused('unknown-provider')
  yield* updateResource(resource)
  yield* insertAudit(request.audit)
  return replied({ resource })
}

function* editPolicyList(request: UnitRequest<'editPolicyList'>): UnitOf<'editPolicyList'> {
  const { list, edit, entry } = request
  const stored = yield* readResource({ by: 'id', value: request.resourceId })
  if (stored === null) return refused('unknown-resource')
  const entries = stored.policy[list]
  const isListed = entries.includes(entry)
  if (isListed === (edit === 'add')) return replied({ entries, isChanged: false })
  const namesClient = list !== 'connectAllowedReturnUrls'
  if (edit === 'add' && namesClient && !(yield* clientExists(entry))) {
    return refused('unknown-client')
  }
  const edited = isListed ? entries.filter((listed) => listed !== entry) : [...entries, entry]
  const policy: ResourcePolicy = { ...stored.policy, [list]: edited }
  yield* updateResource({ ...stored, policy, updatedAtMs: request.nowMs })
  yield* insertAudit(request.audit)
  return replied({ entries: edited, isChanged: true })
}

function* deleteResource(request: UnitRequest<'deleteResource'>): UnitOf<'deleteResource'> {
  const stored = yield* readResource({ by: 'id', value: request.id })
  if (stored === null) return refused('unknown-resource')
  const links = yield* listFrontingLinks(stored.slug)
  if (!isSameLinks(links, request.links)) return refused('resource-fronted')
  for (const link of request.links) {
    yield* deleteFrontingLink(link.sourceSlug, link.targetSlug)
    yield* insertAudit(link.audit)
  }
  yield* deleteResourceRow(request.id)
  yield* insertAudit(request.audit)
  return done
}

/** The rows that were made for `named` tell the truth only when these are the links. */
function isSameLinks(links: readonly FrontingLink[], named: readonly LinkDeletion[]): boolean {
  const keyOf = ({ sourceSlug, targetSlug }: Pick<LinkDeletion, 'sourceSlug' | 'targetSlug'>) =>
    `${sourceSlug} ${targetSlug}`
  const wanted = new Set(named.map(keyOf))
  return wanted.size === links.length && links.every((link) => wanted.has(keyOf(link)))
}

/** Links hold the slug, presume the kind and map scope names (spec 05 §4.4, patch hooks). */
function* breaksLinks(before: Resource, after: Resource): Operation<boolean> {
  if (before.slug !== after.slug || before.backendKind !== after.backendKind) {
    return yield* isFronted(before.slug)
  }
  const names = after.scopes.map((scope) => scope.name)
  return yield* mapsScopeOutside(before.slug, names)
}

function* providerUnknown({ brokerProviderId }: Resource): Operation<boolean> {
  return brokerProviderId !== null && !(yield* providerExists(brokerProviderId))
}

function clientIdsOf(policy: ResourcePolicy): readonly string[] {
  return [...policy.exchangeAllowedClientIds, ...policy.runtimeClientIds]
}
