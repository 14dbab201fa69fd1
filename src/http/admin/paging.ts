// Pages of admin lists (spec 05 §3, D11): older lists forgive odd numbers, newer ones refuse them.
import type { FastifyRequest } from 'fastify'
import { limits } from '../../base/limits.ts'
import { AdminError } from '../../flows/admin/admin-error.ts'
import { parseInteger, readQuery } from './admin-request.ts'

export interface Page {
  readonly limit: number
  readonly offset: number
}

/**
 * A page where what is odd becomes the default (50 rows from 0) and what is too large the bound.
 */
export function readLenientPage(request: FastifyRequest): Page {
  const limit = parseInteger(readQuery(request, 'limit'))
  const offset = parseInteger(readQuery(request, 'offset'))
  return {
    limit: limit === null || limit <= 0 ? 50 : Math.min(limit, limits.pageRowsMax),
    offset: Math.min(Math.max(offset ?? 0, 0), limits.pageOffsetMax),
  }
}

/** A page of 1 to 500 rows, 100 when not said. @throws AdminError `invalid` on anything else. */
export function readStrictPage(request: FastifyRequest): Page {
  return {
    limit: readBounded(request, 'limit', { fallback: 100, min: 1, max: limits.pageRowsMax }),
    offset: readBounded(request, 'offset', { fallback: 0, min: 0, max: limits.pageOffsetMax }),
  }
}

function readBounded(
  request: FastifyRequest,
  name: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = readQuery(request, name)
  if (text === null) return fallback
  const value = parseInteger(text)
  if (value !== null && value >= min && value <= max) return value
  throw new AdminError('invalid', `${name} must be between ${min} and ${max}`)
}
