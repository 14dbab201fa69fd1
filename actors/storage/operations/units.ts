// Units of work: one per message that changes something, each with the audit row that tells of it
// (decision D1). A unit that returns a refusal leaves nothing behind; the driver sees to that.
import { unreachable } from '../../../src/base/assert.ts'
import type { Client } from '../../../src/records/client.ts'
import type { FrontingLink } from '../../../src/records/fronting-link.ts'
import {
  machineIssuance,
  machineTokenAudit,
  unboundMachineToken,
} from '../../../src/records/machine-token.ts'
import type { Resource, ResourcePolicy } from '../../../src/records/resource.ts'
import { type GroupMessage, refused, replied } from '../../runtime/define-actor.ts'
import type { Outcome } from '../../runtime/protocol.ts'
import type { LinkDeletion, StorageProtocol, StorageUnits } from '../protocol.ts'
import type { Operation } from '../sql.ts'
import type { Unit, UnitOutcome } from '../unit.ts'
import { auditRow, insertAudit, issuanceAuditRow } from './audit.ts'
import {
  anyClientUnknown,
  clientExists,
  clientRequired,
  deleteClientRow,
  insertClient,
  readClient,
  updateClient,
  updateClientStatus,
} from './clients.ts'
import { hasActiveFamily, revokeFamiliesOfClient } from './families.ts'
import {
  deleteFrontingLink,
  isFronted,
  listFrontingLinks,
  mapsScopeOutside,
} from './fronting-links.ts'
import { issuanceRow, revokeIssuanceRow } from './issuances.ts'
import {
  hasLiveMachineToken,
  retireMachineTokens,
  revokeMachineTokens,
  unboundMachineTokenRow,
} from './machine-tokens.ts'
import { providerExists } from './providers.ts'
import {
  deleteResourceRow,
  insertResource,
  readResource,
  slugTaken,
  updateResource,
} from './resources.ts'
import { writeSetting } from './settings.ts'

type Request<Kind extends keyof StorageUnits> = StorageUnits[Kind]['request']
type UnitOf<Kind extends keyof StorageUnits> = Operation<Outcome<StorageProtocol, Kind>>
/** A message that is a unit of work. */
export type UnitMessage = Extract<
  GroupMessage<StorageProtocol>,
  { readonly kind: keyof StorageUnits }
>

/** The unit that a message asks for. */
export function unitOf(message: UnitMessage): Unit {
  switch (message.kind) {
    case 'commitMachineIssuance':
      return commitMachineIssuance(message.request)
    case 'recordAudit':
      return { kind: 'rows', required: [], sets: [auditRow(message.request.audit)] }
    case 'createClient':
      return unit(() => createClient(message.request))
    case 'changeClient':
      return unit(() => changeClient(message.request))
    case 'changeClientStatus':
      return unit(() => changeClientStatus(message.request))
    case 'deleteClient':
      return unit(() => deleteClient(message.request))
    case 'retireMachineTokens':
      return unit(() => retire(message.request))
    case 'createResource':
      return unit(() => createResource(message.request))
    case 'changeResource':
      return unit(() => changeResource(message.request))
    case 'editPolicyList':
      return unit(() => editPolicyList(message.request))
    case 'deleteResource': {
      const operation = () => deleteResource(message.request)
      return { kind: 'operation', operation, foreignKey: 'resource-in-use' }
    }
    case 'revokeIssuance':
      return unit(() => revokeIssuance(message.request))
    case 'changeSetting':
      return unit(() => changeSetting(message.request))
    default:
      return unreachable(message)
  }
}

function unit(operation: () => Operation<UnitOutcome>): Unit {
  return { kind: 'operation', operation, foreignKey: null }
}

const done = replied({})

/**
 * One row for the token and one for its trace (B48). An issuance has no foreign key to its client,
 * whose history it outlives; the client must nevertheless exist when its token comes to life, or a
 * deletion between reading and committing would leave a live token behind.
 */
function commitMachineIssuance(request: Request<'commitMachineIssuance'>): Unit {
  const { token, caller, nowMs } = request
  const audit = machineTokenAudit(token, caller, nowMs)
  if (token.resourceId === null) {
    const row = unboundMachineTokenRow(unboundMachineToken(token))
    return { kind: 'rows', required: [], sets: [row, auditRow(audit)] }
  }
  const required = [{ shape: clientRequired, value: token.clientId }]
  const row = issuanceRow(machineIssuance(token, token.resourceId))
  return { kind: 'rows', required, sets: [row, issuanceAuditRow(audit)] }
}

function* createClient({ client, audit }: Request<'createClient'>): UnitOf<'createClient'> {
  if (!(yield* insertClient(client))) return refused('client-exists')
  yield* insertAudit(audit)
  return done
}

function* changeClient(request: Request<'changeClient'>): UnitOf<'changeClient'> {
  const stored = yield* readClient(request.id)
  if (stored === null) return refused('unknown-client')
  const client: Client = {
    ...stored,
    ...request.change,
    version: request.version + 1,
    updatedAtMs: request.nowMs,
  }
  if (!(yield* updateClient(client, request.version))) return refused('version-conflict')
  yield* insertAudit(request.audit)
  return replied({ client })
}

function* changeClientStatus(request: Request<'changeClientStatus'>): UnitOf<'changeClientStatus'> {
  if (!(yield* clientExists(request.id))) return refused('unknown-client')
  if (!(yield* updateClientStatus(request))) return refused('wrong-status')
  yield* insertAudit(request.audit)
  return done
}

function* deleteClient(request: Request<'deleteClient'>): UnitOf<'deleteClient'> {
  const { id, deadBelow, nowMs } = request
  if (!(yield* clientExists(id))) return refused('unknown-client')
  if (request.force) {
    yield* revokeFamiliesOfClient(id, nowMs)
    yield* revokeMachineTokens(id, deadBelow, nowMs)
  } else {
    const inUse = (yield* hasActiveFamily(id)) || (yield* hasLiveMachineToken(id, deadBelow, nowMs))
    if (inUse) return refused('client-in-use')
  }
  yield* deleteClientRow(id)
  yield* insertAudit(request.audit)
  return done
}

function* createResource({ resource, audit }: Request<'createResource'>): UnitOf<'createResource'> {
  if (yield* anyClientUnknown(clientIdsOf(resource.policy))) return refused('unknown-client')
  if (yield* providerUnknown(resource)) return refused('unknown-provider')
  if (!(yield* insertResource(resource))) return refused('slug-taken')
  yield* insertAudit(audit)
  return done
}

function* changeResource(request: Request<'changeResource'>): UnitOf<'changeResource'> {
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

function* retire(request: Request<'retireMachineTokens'>): UnitOf<'retireMachineTokens'> {
  return replied({ next: yield* retireMachineTokens(request) })
}

function* editPolicyList(request: Request<'editPolicyList'>): UnitOf<'editPolicyList'> {
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

function* deleteResource(request: Request<'deleteResource'>): UnitOf<'deleteResource'> {
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

function* revokeIssuance(request: Request<'revokeIssuance'>): UnitOf<'revokeIssuance'> {
  const revoked = yield* revokeIssuanceRow(request.id, request.nowMs)
  if (revoked) yield* insertAudit(request.audit)
  return replied({ revoked })
}

function* changeSetting(request: Request<'changeSetting'>): UnitOf<'changeSetting'> {
  yield* writeSetting(request)
  yield* insertAudit(request.audit)
  return done
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
