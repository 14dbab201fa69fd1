// Sends a page with what browsers must know about it (spec 01 §1.3, D9): never cached, and forms
// lead only where this page's forms are meant to lead.
import type { FastifyReply } from 'fastify'
import { parseUrl } from '../../base/url.ts'

export interface PageAnswer {
  readonly status: number
  readonly document: string
  /**
   * Sources besides our own origin where a form of this page may end up, redirects included: some
   * browsers hold a policy of `form-action` against every hop. By `formTarget`.
   */
  readonly formTargets: readonly string[]
}

/** Sends a page. */
export function sendPage(reply: FastifyReply, answer: PageAnswer): FastifyReply {
  const targets = ["'self'", ...answer.formTargets].join(' ')
  return reply
    .code(answer.status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; " +
        `form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
    )
    .send(answer.document)
}

/**
 * The source of a redirect URI in a content security policy, or null when it has none: its origin,
 * or its scheme when it is private or when the host is an IPv6 address, which policies cannot name.
 */
export function formTarget(redirectUri: string): string | null {
  const url = parseUrl(redirectUri)
  if (url === null) return null
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && !url.hostname.startsWith('[') ? url.origin : url.protocol
}
