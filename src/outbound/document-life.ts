// How long a fetched document may be used (RFC 9111 §5, spec 01 §12).
import type { IncomingHttpHeaders } from 'node:http'
import { limits } from '../base/limits.ts'

/**
 * Life of an answer in milliseconds by its headers, 0 = not to be kept: `max-age`, else `Expires`,
 * at least the floor of the limits and at most `lifeMsMax`, which an answer that says nothing also
 * gets.
 */
export function documentLifeMs(
  headers: IncomingHttpHeaders,
  { nowMs, lifeMsMax }: { readonly nowMs: number; readonly lifeMsMax: number },
): number {
  const directives = directivesOf(headers['cache-control'] ?? '')
  if (directives.has('no-store') || directives.has('no-cache')) return 0
  const statedMs = maxAgeMs(directives) ?? expiresInMs(headers.expires, nowMs)
  if (statedMs === null) return lifeMsMax
  return statedMs <= 0 ? 0 : Math.min(Math.max(statedMs, limits.documentLifeMsMin), lifeMsMax)
}

/** Names in lower case, with their values. */
function directivesOf(cacheControl: string): ReadonlyMap<string, string> {
  return new Map(
    cacheControl.split(',').map((directive): [string, string] => {
      const [name = '', value = ''] = directive.trim().split('=', 2)
      return [name.trim().toLowerCase(), value.trim().replaceAll('"', '')]
    }),
  )
}

function maxAgeMs(directives: ReadonlyMap<string, string>): number | null {
  const value = directives.get('max-age')
  if (value === undefined) return null
  // What is no number of seconds is treated as stale (RFC 9111 §4.2.1).
  return /^\d+$/.test(value) ? Number(value) * 1000 : 0
}

function expiresInMs(expires: string | undefined, nowMs: number): number | null {
  if (expires === undefined) return null
  const atMs = Date.parse(expires)
  return Number.isNaN(atMs) ? 0 : atMs - nowMs
}
