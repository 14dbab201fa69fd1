// Issued tokens as an administrator sees them (spec 05 §4.6).
import { keyValue } from '../../base/key-value.ts'
import { limits } from '../../base/limits.ts'
import type { Issuance } from '../../records/issuance.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'

const defaultWindowMs = 24 * 3_600_000
const defaultRows = 500
/** Callers compute the start of a window some time before we look at it. */
const windowSlackMs = 60_000

export interface IssuanceQuery {
  readonly userId: string | null
  readonly clientId: string | null
  /** Row id of the resource. */
  readonly resourceId: string | null
  readonly jti: string | null
  /** Start of the window as an instant or as an age; null = a day ago. */
  readonly since: { readonly atMs: number } | { readonly agoMs: number } | null
  /** Null = 500. */
  readonly limit: number | null
}

export interface IssuanceList {
  readonly issuances: readonly Issuance[]
  /** Start of the window; null when a single token was asked for, whatever its age. */
  readonly sinceMs: number | null
}

/**
 * Issuances that match all given filters, newest first; with `jti` window and limit do not count.
 * @throws AdminError `invalid` (no filter, window or limit out of bounds), ActorError.
 */
export async function listIssuances(
  services: Services,
  operator: Operator,
  query: IssuanceQuery,
): Promise<IssuanceList> {
  const { userId, clientId, resourceId, jti } = query
  if (userId === null && clientId === null && resourceId === null && jti === null) {
    throw new AdminError('invalid', 'one of user, client, resource and jti is required')
  }
  const isSingle = jti !== null
  const sinceMs = isSingle ? 0 : startOf(query, services.clock.nowMs())
  const limit = isSingle ? 1 : rowsOf(query)
  const outcome = await services.storage.ask(
    'listIssuances',
    { userId, clientId, resourceId, jti, sinceMs, limit },
    askOptions(services, operator.trace),
  )
  return { issuances: outcome.reply.issuances, sinceMs: isSingle ? null : sinceMs }
}

/** One issuance by its row id. @throws AdminError `not_found`, ActorError. */
export async function readIssuance(
  services: Services,
  operator: Operator,
  id: string,
): Promise<Issuance> {
  const issuance = await findIssuance(services, operator, id)
  if (issuance === null) throw new AdminError('not_found', 'there is no issuance with this id')
  return issuance
}

/**
 * Revokes one issued token. To revoke it again, or one that does not exist, changes nothing and
 * leaves no trace. @throws ActorError
 */
export async function revokeIssuance(
  services: Services,
  operator: Operator,
  id: string,
): Promise<void> {
  const issuance = await findIssuance(services, operator, id)
  if (issuance === null) return
  const { subjectUserId, clientId, resourceId } = issuance
  const detail = [
    keyValue('id', id),
    keyValue('subject_user_id', subjectUserId),
    keyValue('client_id', clientId),
    keyValue('resource_id', resourceId),
  ].join(' ')
  const action = 'issuance.revoked_admin'
  const audit = adminEvent(services, operator, { action, clientId, detail })
  const nowMs = services.clock.nowMs()
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('revokeIssuance', { id, nowMs, audit }, options)
  if (!outcome.reply.revoked) return
  services.meters.tokensRevoked(issuance.isMachine ? 'explicit_machine' : 'explicit')
}

async function findIssuance(
  services: Services,
  operator: Operator,
  id: string,
): Promise<Issuance | null> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('readIssuance', { id }, options)
  return outcome.reply.issuance
}

function startOf({ since }: IssuanceQuery, nowMs: number): number {
  if (since === null) return nowMs - defaultWindowMs
  const atMs = 'atMs' in since ? since.atMs : nowMs - since.agoMs
  if (atMs >= nowMs - limits.issuanceWindowMsMax - windowSlackMs) return atMs
  throw new AdminError('invalid', 'since may be 30 days ago at most')
}

function rowsOf({ limit }: IssuanceQuery): number {
  if (limit === null) return defaultRows
  if (Number.isInteger(limit) && limit >= 1 && limit <= limits.issuanceRowsMax) return limit
  throw new AdminError('invalid', `limit must be between 1 and ${limits.issuanceRowsMax}`)
}
