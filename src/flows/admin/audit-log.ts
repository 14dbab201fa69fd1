// The audit log as an administrator reads it (spec 05 §4.8, B42): pages, and an export of a whole
// window that holds no more than a page at a time.
import type { ReplyOf } from '../../../actors/runtime/protocol.ts'
import type { AuditCursor, AuditQuery, StorageProtocol } from '../../../actors/storage/protocol.ts'
import { limits } from '../../base/limits.ts'
import type { AuditEvent } from '../../records/audit-event.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'

const defaultRows = 50
const exportPageRows = 500
/** Callers compute the start of a window some time before we look at it. */
const windowSlackMs = 60_000

export interface AuditSearch {
  /** Exact values; null = any. */
  readonly action: string | null
  readonly actorId: string | null
  readonly clientId: string | null
  readonly traceId: string | null
  /** Start of the window as an instant or as an age; null = the default look-back. */
  readonly since: { readonly atMs: number } | { readonly agoMs: number } | null
  /** Exclusive end of the window; null = now. */
  readonly untilMs: number | null
}

export interface AuditPage extends AuditSearch {
  /** Null, 0 and less = 50. */
  readonly limit: number | null
  /** Less than 0 = 0. */
  readonly offset: number
}

/**
 * A page of audit rows, newest first. @throws AdminError `invalid` (window, limit or offset out of
 * bounds), ActorError.
 */
export async function listAuditEvents(
  services: Services,
  operator: Operator,
  page: AuditPage,
): Promise<readonly AuditEvent[]> {
  const window = windowOf(services, page)
  const limit = rowsOf(page)
  let skip = offsetOf(page)
  const events: AuditEvent[] = []
  let cursor: AuditCursor | null = null
  do {
    const query: AuditQuery = { ...window, cursor, skip, limit: limit - events.length }
    const reply: AuditReply = await ask(services, operator, query)
    events.push(...reply.events)
    skip -= reply.skipped
    cursor = reply.next
  } while (cursor !== null && events.length < limit)
  return events
}

/**
 * All audit rows of a window, newest first, in pages that are never empty. Nothing is asked before
 * the first page is wanted, nor the next one before that. @throws as `listAuditEvents`
 */
export async function* exportAuditEvents(
  services: Services,
  operator: Operator,
  search: AuditSearch,
): AsyncGenerator<readonly AuditEvent[], void, undefined> {
  const window = windowOf(services, search)
  let cursor: AuditCursor | null = null
  do {
    const query: AuditQuery = { ...window, cursor, skip: 0, limit: exportPageRows }
    const reply: AuditReply = await ask(services, operator, query)
    if (reply.events.length > 0) yield reply.events
    cursor = reply.next
  } while (cursor !== null)
}

type AuditReply = ReplyOf<StorageProtocol, 'listAuditEvents'>

/** Each answer is a short step of the search, with a deadline of its own. */
async function ask(services: Services, operator: Operator, query: AuditQuery): Promise<AuditReply> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('listAuditEvents', query, options)
  return outcome.reply
}

function windowOf(
  services: Services,
  search: AuditSearch,
): Omit<AuditQuery, 'cursor' | 'skip' | 'limit'> {
  const { action, actorId, clientId, traceId, untilMs } = search
  const sinceMs = startOf(services, search)
  if (untilMs !== null && untilMs <= sinceMs) {
    throw new AdminError('invalid', 'until must be later than since')
  }
  return { action, actorId, clientId, traceId, sinceMs, untilMs }
}

function startOf(services: Services, { since }: AuditSearch): number {
  const { defaultLookbackMs, maxLookbackMs } = services.settings.audit
  const nowMs = services.clock.nowMs()
  if (since === null) return nowMs - defaultLookbackMs
  const atMs = 'atMs' in since ? since.atMs : nowMs - since.agoMs
  if (atMs >= nowMs - maxLookbackMs - windowSlackMs) return atMs
  const hours = maxLookbackMs / 3_600_000
  throw new AdminError('invalid', `since may be ${hours} hours ago at most`)
}

function rowsOf({ limit }: AuditPage): number {
  if (limit === null || limit <= 0) return defaultRows
  if (Number.isInteger(limit) && limit <= limits.auditRowsMax) return limit
  throw new AdminError('invalid', `limit must be ${limits.auditRowsMax} at most`)
}

function offsetOf({ offset }: AuditPage): number {
  if (offset < 0) return 0
  if (Number.isInteger(offset) && offset <= limits.auditOffsetMax) return offset
  throw new AdminError('invalid', `offset must be ${limits.auditOffsetMax} at most`)
}
