// Routes of the audit log (spec 05 §4.8, B42).
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { messageOf } from '../../base/errors.ts'
import { rfc3339Seconds } from '../../base/instant.ts'
import {
  type AuditSearch,
  exportAuditEvents,
  listAuditEvents,
} from '../../flows/admin/audit-log.ts'
import { auditFormats } from '../../flows/admin/audit-text.ts'
import { auditEventView } from '../../flows/admin/views.ts'
import type { Services } from '../../flows/services.ts'
import type { AuditEvent } from '../../records/audit-event.ts'
import { requestFields } from '../hooks/trace.ts'
import { describedBy } from '../openapi/operation.ts'
import {
  operatorOf,
  readQuery,
  readQueryChoice,
  readQueryInstant,
  readQueryInteger,
} from './admin-request.ts'
import { sendJson } from './answer.ts'
import { exportContentTypes, renderExport } from './audit-export.ts'
import { auditOperations } from './audit-operations.ts'

/** Adds the routes. */
export function addAuditRoutes(server: FastifyInstance, services: Services): void {
  server.get('/admin/audit', describedBy(auditOperations.list), async (request, reply) => {
    const events = await listAuditEvents(services, operatorOf(request), {
      ...readSearch(request),
      limit: readQueryInteger(request, 'limit'),
      offset: readQueryInteger(request, 'offset') ?? 0,
    })
    return sendJson(reply, 200, events.map(auditEventView))
  })
  const options = {
    ...describedBy(auditOperations.export),
    // A HEAD request would read the whole log to say nothing about it.
    exposeHeadRoute: false,
  }
  server.get('/admin/audit/export', options, async (request, reply) => {
    const format = readQueryChoice(request, 'format', auditFormats) ?? auditFormats[0]
    const pages = await startReading(
      exportAuditEvents(services, operatorOf(request), readSearch(request)),
    )
    const file = `audit-${rfc3339Seconds(services.clock.nowMs()).replaceAll(/[:-]/g, '')}.${format}`
    reply.header('content-type', exportContentTypes[format])
    reply.header('content-disposition', `attachment; filename="${file}"`)
    const text = renderExport(format, toldWhenBroken(pages, services, request))
    return reply.send(Readable.from(text, { objectMode: false }))
  })
}

function readSearch(request: FastifyRequest): AuditSearch {
  const sinceMs = readQueryInstant(request, 'since')
  return {
    action: readQuery(request, 'action'),
    actorId: readQuery(request, 'actor_id'),
    clientId: readQuery(request, 'client_id'),
    traceId: readQuery(request, 'trace_id'),
    since: sinceMs === null ? null : { atMs: sinceMs },
    untilMs: readQueryInstant(request, 'until'),
  }
}

type Pages = AsyncIterable<readonly AuditEvent[]>

/** Reads the first page now: what is refused then is answered as such, and not a broken file. */
async function startReading(pages: Pages): Promise<Pages> {
  const iterator = pages[Symbol.asyncIterator]()
  const first = await iterator.next()
  return restOf(iterator, first)
}

async function* restOf(
  iterator: AsyncIterator<readonly AuditEvent[]>,
  first: IteratorResult<readonly AuditEvent[]>,
): AsyncGenerator<readonly AuditEvent[]> {
  try {
    for (let step = first; step.done !== true; step = await iterator.next()) yield step.value
  } finally {
    await iterator.return?.()
  }
}

/** The status is sent when a later page fails: the connection breaks, and the log says why. */
async function* toldWhenBroken(
  pages: Pages,
  { log }: Services,
  request: FastifyRequest,
): AsyncGenerator<readonly AuditEvent[]> {
  try {
    yield* pages
  } catch (error) {
    log.error('audit export broken off', { ...requestFields(request), error: messageOf(error) })
    throw error
  }
}
