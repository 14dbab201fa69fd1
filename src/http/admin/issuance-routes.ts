// Routes of issuances (spec 05 §4.6).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AdminError } from '../../flows/admin/admin-error.ts'
import { listIssuances, readIssuance } from '../../flows/admin/issuances.ts'
import { issuanceListView, issuanceView } from '../../flows/admin/views.ts'
import type { Services } from '../../flows/services.ts'
import { operatorOf, readPathParameter, readQuery } from './admin-request.ts'
import { sendJson } from './answer.ts'
import { parseInteger } from './paging.ts'

/**
 * What `since` says when a single token was asked for: the zero time of the reference's language.
 */
const noWindow = '0001-01-01T00:00:00Z'

/** RFC 3339 with an offset; Date.parse alone takes much more. */
const instantPattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Adds the routes. */
export function addIssuanceRoutes(server: FastifyInstance, services: Services): void {
  server.get('/admin/issuances', async (request, reply) => {
    const jti = readQuery(request, 'jti')
    const list = await listIssuances(services, operatorOf(request), {
      userId: readQuery(request, 'user'),
      clientId: readQuery(request, 'client'),
      resourceId: readQuery(request, 'resource'),
      jti,
      since: jti === null ? readSince(request) : null,
      limit: jti === null ? readLimit(request) : null,
    })
    return sendJson(reply, 200, issuanceListView(list, noWindow))
  })
  server.get('/admin/issuances/:id', async (request, reply) => {
    const id = readPathParameter(request, 'id')
    return sendJson(reply, 200, issuanceView(await readIssuance(services, operatorOf(request), id)))
  })
}

function readSince(request: FastifyRequest): { readonly atMs: number } | null {
  const text = readQuery(request, 'since')
  if (text === null) return null
  const atMs = instantPattern.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs)) throw new AdminError('invalid', 'since must be a time as in RFC 3339')
  return { atMs }
}

function readLimit(request: FastifyRequest): number | null {
  const text = readQuery(request, 'limit')
  if (text === null) return null
  const limit = parseInteger(text)
  if (limit === null) throw new AdminError('invalid', 'limit must be a whole number')
  return limit
}
