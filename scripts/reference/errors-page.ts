// docs/reference/errors.md: every code of the OAuth endpoints and every status of the admin API.
import { adminErrorStatus } from '../../src/http/admin/admin-problem.ts'
import { errorExplanations } from '../../src/http/public/error-pages.ts'
import { type OAuthErrorCode, oauthErrorStatus } from '../../src/oauth/oauth-error.ts'
import { reasonPhrase } from '../../src/oauth/problem-document.ts'
import { code, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

export const errorsPage: Page = {
  path: 'docs/reference/errors.md',
  render: () => fillPage('errors', { oauth: oauthTable(), admin: adminTable() }),
}

function oauthTable(): string {
  const codes = Object.keys(oauthErrorStatus) as readonly OAuthErrorCode[]
  const rows = codes.map((name) => [
    code(name),
    String(oauthErrorStatus[name]),
    errorExplanations[name],
  ])
  return table(['`error`', 'Status', 'Meaning, and the way out'], rows)
}

/** What each refusal of an administrative use case means to the one who called. */
const adminMeanings: Readonly<Record<keyof typeof adminErrorStatus, string>> = {
  invalid: 'The request is malformed or breaks a rule; `detail` names every problem.',
  access_denied: 'The request is understood and not allowed here.',
  not_found: 'There is nothing with this id or slug.',
  conflict: 'The state does not allow it: `detail` says what stands in the way.',
}

function adminTable(): string {
  const refusals = Object.entries(adminErrorStatus).map(([name, status]): [number, string] => [
    status,
    adminMeanings[name as keyof typeof adminErrorStatus],
  ])
  const others: readonly [number, string][] = [
    [
      401,
      'The key is missing or wrong, or the server has none. Not a problem document, see below.',
    ],
    [413, 'The body is larger than 1 MiB, or 16 KiB for one entry of a policy list.'],
    [415, 'The body is compressed.'],
    [429, 'Too many requests from one address (`admin.requests_per_second`). See below.'],
    [500, 'The server failed. Its log holds the cause under the id in `X-Request-ID`.'],
    [503, 'The server cannot answer right now; nothing was changed. Repeat after `Retry-After`.'],
  ]
  const rows = [...refusals, ...others]
    .toSorted(([left], [right]) => left - right)
    .map(([status, meaning]) => [String(status), reasonPhrase(status), meaning])
  return table(['Status', '`title`', 'Meaning'], rows)
}
