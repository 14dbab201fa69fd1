// Refusals of the public listener as its routes describe them (spec 01 §1.6, D13): one body under
// two media types, by what the caller accepts.
import { oauthErrorStatus } from '../../oauth/oauth-error.ts'
import { closedObject, oneOf, ref, text, told } from '../openapi/json-schema.ts'
import type { Answers, JsonSchema } from '../openapi/operation.ts'

/** Name: Problem. */
export const problemSchema: JsonSchema = closedObject(
  {
    error: oneOf(Object.keys(oauthErrorStatus)),
    error_description: told(text, 'For the developer of the client; never to be compared.'),
    type: told({ type: 'string', format: 'uri' }, 'A page of this server about the error.'),
    title: text,
    detail: told(text, 'As error_description, for readers of RFC 9457.'),
    status: { type: 'integer', minimum: 400, maximum: 599 },
  },
  {},
)

const retryAfter = { 'Retry-After': told({ type: 'integer' }, 'Seconds to wait.') }

const meanings = {
  400: { description: 'The request is refused.', headers: {} },
  401: {
    description: 'The client could not be authenticated.',
    headers: { 'WWW-Authenticate': told(text, 'How to authenticate.') },
  },
  403: { description: 'The server does not allow this.', headers: {} },
  413: { description: 'The body is too large; the connection is closed.', headers: {} },
  415: { description: 'The body is encoded, which is not accepted.', headers: {} },
  429: { description: 'Too many requests from this address.', headers: retryAfter },
  500: { description: 'A bug of this server; its log holds the cause.', headers: {} },
  503: {
    description: 'The server cannot answer right now; nothing is half done.',
    headers: retryAfter,
  },
} as const satisfies Readonly<Record<number, { description: string; headers: object }>>

/** The refusals with these statuses. */
export function refusals(...statuses: readonly (keyof typeof meanings)[]): Answers {
  const schema = ref('Problem')
  const content = { 'application/problem+json': { schema }, 'application/json': { schema } }
  return Object.fromEntries(statuses.map((status) => [status, { ...meanings[status], content }]))
}
