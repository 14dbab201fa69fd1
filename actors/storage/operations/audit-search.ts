// Search in the audit log (spec 05 §4.8), newest first. The orders in which rows are found are
// merged. Nothing bounds what lies between two matches, so that each answer looks at a bounded
// number of rows and says where to go on: a search takes the time it needs, and other messages come
// in between.
import type { AuditEvent } from '../../../src/records/audit-event.ts'
import type { ReplyOf } from '../../runtime/protocol.ts'
import { jsonText } from '../dialect.ts'
import type { AuditCursor, AuditQuery, StorageProtocol } from '../protocol.ts'
import { all, integer, type Operation, one, type Row, sql, text } from '../sql.ts'
import { auditEventOf } from './audit.ts'
import { type AuditOrder, auditOrders, type Place } from './audit-orders.ts'

/** Rows that one answer looks at in each order: 4 ms, or 10 ms through issuances. */
const examinedMax = 5000
/** Fewer when a page needs fewer, but not so few that a gap takes many answers. */
const examinedMin = 1000

interface Match {
  readonly place: Place
  readonly id: string
}

interface Batch {
  readonly matches: readonly Match[]
  /** Down to where the order was read; null = to its end. */
  readonly end: Place | null
}

const nothingLeft: Batch = { matches: [], end: null }

type Answer = ReplyOf<StorageProtocol, 'listAuditEvents'>

/** The next rows of a query. */
export function* listAuditEvents(query: AuditQuery): Operation<Answer> {
  const orders = auditOrders(query)
  const cursor = query.cursor ?? orders.map(({ start }) => start)
  const passedOver = yield* passOver(orders, cursor, query.skip)
  if (passedOver !== null) return passedOver
  const needed = Math.min(examinedMax, query.skip + query.limit)
  const examined = isSparse(query) ? examinedMax : Math.max(examinedMin, needed)
  const batches: Batch[] = []
  for (const [index, order] of orders.entries()) {
    const place = cursor[index] ?? null
    batches.push(
      place === null ? nothingLeft : yield* readBatch(order, place, { needed, examined }),
    )
  }
  const { ids, skipped, next } = merge(batches, cursor, query)
  return { events: yield* readEvents(ids), skipped, next }
}

/**
 * Deep pages, without taking every row in hand: when a single order is left, and all of its next
 * rows match and are to be skipped.
 */
function* passOver(
  orders: readonly AuditOrder[],
  cursor: AuditCursor,
  skip: number,
): Operation<Answer | null> {
  const open = cursor.flatMap((place, index) => (place === null ? [] : [{ place, index }]))
  const [only, another] = open
  const order = orders[only?.index ?? 0]
  if (only === undefined || another !== undefined || order === undefined) return null
  if (skip < examinedMax) return null
  const end = yield* one(order.end(only.place, examinedMax), placeOf)
  if (end === null) return null
  const lastOfAll = { limit: 1, offset: examinedMax - 1 }
  const place = yield* one(order.rows(only.place, end, lastOfAll), placeOf)
  if (place === null) return null
  const next = cursor.map((old, index) => (index === only.index ? place : old))
  return { events: [], skipped: examinedMax, next }
}

/** Whether the rows of the order that drives are expected to match but rarely. */
function isSparse({ action, traceId, actorId, clientId }: AuditQuery): boolean {
  return traceId !== null || [action, actorId, clientId].filter((name) => name !== null).length > 1
}

function* readBatch(
  order: AuditOrder,
  place: Place,
  { needed, examined }: { readonly needed: number; readonly examined: number },
): Operation<Batch> {
  const end = yield* one(order.end(place, examined), placeOf)
  const matches = yield* all(order.rows(place, end, { limit: needed, offset: 0 }), (row) => ({
    place: placeOf(row),
    id: text(row, 'id'),
  }))
  const last = matches[needed - 1]
  return { matches, end: last === undefined ? end : last.place }
}

/** The newest of all batches, as far as all of them reach. */
function merge(
  batches: readonly Batch[],
  cursor: AuditCursor,
  { skip, limit }: AuditQuery,
): {
  readonly ids: readonly string[]
  readonly skipped: number
  readonly next: AuditCursor | null
} {
  const taken = batches.map(() => 0)
  const heads = batches.map(({ matches }) => matches[0] ?? null)
  const ids: string[] = []
  let skipped = 0
  // An order that was not read to its end may go on with a row newer than all heads.
  const reachesOn = (): boolean =>
    batches.every(({ end }, index) => heads[index] !== null || end === null)
  while (ids.length < limit && reachesOn()) {
    const index = newestOf(heads)
    const head = heads[index] ?? null
    if (head === null) break
    const count = (taken[index] ?? 0) + 1
    taken[index] = count
    heads[index] = batches[index]?.matches[count] ?? null
    if (skipped < skip) skipped += 1
    else ids.push(head.id)
  }
  const next = batches.map(({ matches, end }, index) => {
    const count = taken[index] ?? 0
    if (count === matches.length) return end
    return matches[count - 1]?.place ?? cursor[index] ?? null
  })
  return { ids, skipped, next: next.every((place) => place === null) ? null : next }
}

/** Index of the newest head. */
function newestOf(heads: readonly (Match | null)[]): number {
  let newest = 0
  for (const [index, head] of heads.entries()) {
    if (head !== null && head.id > (heads[newest]?.id ?? '')) newest = index
  }
  return newest
}

function* readEvents(ids: readonly string[]): Operation<readonly AuditEvent[]> {
  if (ids.length === 0) return []
  const events = yield* all(
    sql`SELECT * FROM audit_events WHERE id IN (SELECT value FROM json_each(${jsonText(ids)}))`,
    auditEventOf,
  )
  const byId = new Map(events.map((event) => [event.id, event]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function placeOf(row: Row): Place {
  return typeof row['place'] === 'number' ? integer(row, 'place') : text(row, 'place')
}
