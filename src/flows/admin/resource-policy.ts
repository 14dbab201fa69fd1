// The three lists of a resource's policy, edited one entry at a time (spec 05 §4.4). An edit that
// changes nothing writes nothing.
import { keyValue } from '../../base/key-value.ts'
import { isReturnUrl } from '../../oauth/resource-registration.ts'
import type { AuditAction } from '../../records/audit-event.ts'
import type { Resource, ResourcePolicy } from '../../records/resource.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'
import { readResource, refusalOf } from './resources.ts'

interface ListRules {
  readonly member: keyof ResourcePolicy
  /** Key of the entry in audit details. */
  readonly entry: 'client_id' | 'return_url'
  readonly added: AuditAction
  readonly removed: AuditAction
  /** Whether the event's client column carries the resource's id (05 §4.4). */
  readonly namesResource: boolean
}

const lists = {
  exchange: {
    member: 'exchangeAllowedClientIds',
    entry: 'client_id',
    added: 'resource.policy.exchange.allowed_client.added',
    removed: 'resource.policy.exchange.allowed_client.removed',
    namesResource: true,
  },
  connect: {
    member: 'connectAllowedReturnUrls',
    entry: 'return_url',
    added: 'resource.policy.connect.allowed_return_url.added',
    removed: 'resource.policy.connect.allowed_return_url.removed',
    namesResource: true,
  },
  runtime: {
    member: 'runtimeClientIds',
    entry: 'client_id',
    added: 'resource.policy.runtime.client.added',
    removed: 'resource.policy.runtime.client.removed',
    namesResource: false,
  },
} as const satisfies Record<string, ListRules>

export type PolicyList = keyof typeof lists

export interface PolicyEdit {
  readonly slug: string
  readonly list: PolicyList
  readonly entry: string
}

/** The entries of a list. @throws AdminError, ActorError. */
export async function readPolicyList(
  services: Services,
  operator: Operator,
  { slug, list }: { readonly slug: string; readonly list: PolicyList },
): Promise<readonly string[]> {
  const resource = await readListed(services, operator, { slug, list })
  return resource.policy[lists[list].member]
}

/** Adds an entry and returns the list that results. @throws AdminError, ActorError. */
export async function addPolicyEntry(
  services: Services,
  operator: Operator,
  edit: PolicyEdit,
): Promise<readonly string[]> {
  refuseUnfit(edit)
  return editList(services, operator, { ...edit, action: 'add' })
}

/** Removes an entry and returns the list that results. @throws AdminError, ActorError. */
export async function removePolicyEntry(
  services: Services,
  operator: Operator,
  edit: PolicyEdit,
): Promise<readonly string[]> {
  return editList(services, operator, { ...edit, action: 'remove' })
}

async function readListed(
  services: Services,
  operator: Operator,
  { slug, list }: { readonly slug: string; readonly list: PolicyList },
): Promise<Resource> {
  const resource = await readResource(services, operator, { by: 'slug', value: slug })
  if (list === 'connect' && resource.backendKind === 'mint') {
    throw new AdminError('invalid', 'a mint resource has no return URLs')
  }
  return resource
}

function refuseUnfit({ list, entry }: PolicyEdit): void {
  if (list === 'connect' ? isReturnUrl(entry) : entry !== '') return
  throw new AdminError(
    'invalid',
    list === 'connect' ? 'url must be an absolute http or https URL' : 'client_id is required',
  )
}

async function editList(
  services: Services,
  operator: Operator,
  edit: PolicyEdit & { readonly action: 'add' | 'remove' },
): Promise<readonly string[]> {
  const rules: ListRules = lists[edit.list]
  const { id, slug } = await readListed(services, operator, edit)
  const outcome = await services.storage.ask(
    'editPolicyList',
    {
      resourceId: id,
      list: rules.member,
      edit: edit.action,
      entry: edit.entry,
      nowMs: services.clock.nowMs(),
      audit: adminEvent(services, operator, {
        action: edit.action === 'add' ? rules.added : rules.removed,
        clientId: rules.namesResource ? id : '',
        detail: `${keyValue('slug', slug)} ${keyValue(rules.entry, edit.entry)}`,
      }),
    },
    askOptions(services, operator.trace),
  )
  if (!outcome.ok) throw refusalOf(outcome.refusal)
  return outcome.reply.entries
}
