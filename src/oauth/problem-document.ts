// The error body of every JSON endpoint: OAuth and RFC 9457 members together (spec 01 §1.6, B41,
// D13).
import type { OAuthError } from './oauth-error.ts'

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Standard reason phrase of a status. */
export function reasonPhrase(status: number): string {
  return titles[status] ?? 'Error'
}

/** Body of a refusal; `type` is a page of this server that explains the code. */
export function problemDocument(issuer: string, error: OAuthError): object {
  return {
    error: error.code,
    error_description: error.message,
    type: `${issuer}/errors/${error.code}`,
    title: reasonPhrase(error.status),
    detail: error.message,
    status: error.status,
  }
}

/**
 * Media type of an error body: `application/json` for callers that name it and not the problem type
 * (RFC 6749 §5.2 clients read no other), the problem type for all others.
 */
export function problemMediaType(accept: string | undefined): string {
  if (accept === undefined) return problemJson
  const named = accept.split(',').map((range) => range.split(';', 1)[0]?.trim().toLowerCase())
  return named.includes(plainJson) && !named.includes(problemJson) ? plainJson : problemJson
}

const plainJson = 'application/json'
const problemJson = 'application/problem+json'
