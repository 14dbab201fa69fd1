// Answers of the admin listener that many of its routes share, as they describe them (spec 05 §1.1,
// §2, §3).
import { closedObject, listOf, oneOf, ref, text, told } from '../openapi/json-schema.ts'
import type { Answer, Answers, Content, JsonSchema } from '../openapi/operation.ts'

const problemMembers = {
  type: { const: 'about:blank' },
  title: told(text, 'Reason phrase of the status.'),
  status: { type: 'integer', minimum: 400, maximum: 599 },
  detail: told(text, 'What is wrong and, where that helps, the way out.'),
}

export const refusalSchemas: Readonly<Record<string, JsonSchema>> = {
  Problem: closedObject(problemMembers, {}),
  ResourceProblem: closedObject(problemMembers, {
    dependents: told(listOf(ref('FrontingLink')), 'What stands in the way of a deletion.'),
  }),
  Unauthorized: closedObject(
    {
      error: { const: 'unauthorized' },
      error_description: oneOf([
        'admin API key not configured',
        'missing API key',
        'invalid API key',
      ]),
    },
    {},
  ),
  SlowDown: closedObject({ error: { const: 'slow_down' }, error_description: text }, {}),
}

const problem: Content = { 'application/problem+json': { schema: ref('Problem') } }
const retryAfter = { 'Retry-After': told({ type: 'integer' }, 'Seconds to wait.') }

const meanings = {
  400: { description: 'The request is refused.', headers: {}, content: problem },
  401: {
    description: 'The API key is missing or wrong.',
    headers: { 'WWW-Authenticate': text },
    content: { 'application/json': { schema: ref('Unauthorized') } },
  },
  404: {
    description: 'There is no such thing; as text, when the path cannot be decoded.',
    headers: {},
    content: { ...problem, 'text/plain': { schema: text } },
  },
  409: { description: 'It is not in a state for this.', headers: {}, content: problem },
  413: {
    description: 'The body is too large; the connection is closed.',
    headers: {},
    content: problem,
  },
  415: {
    description: 'The body is encoded, which is not accepted.',
    headers: {},
    content: problem,
  },
  429: {
    description: 'Too many requests from this address, where a limit is configured.',
    headers: retryAfter,
    content: { 'application/json': { schema: ref('SlowDown') } },
  },
  500: { description: 'A bug; the log holds the cause.', headers: {}, content: problem },
  503: {
    description: 'The server cannot answer right now; nothing is half done.',
    headers: retryAfter,
    content: problem,
  },
} as const satisfies Readonly<Record<number, Answer>>

type Status = keyof typeof meanings

/** The refusals with these statuses. */
export function refusals(...statuses: readonly Status[]): Answers {
  return Object.fromEntries(statuses.map((status) => [status, meanings[status]]))
}

/** Refusals of every route that reads, and of `more`. */
export function readRefusals(...more: readonly Status[]): Answers {
  return refusals(400, 401, 429, 500, 503, ...more)
}

/** Refusals of every route that changes something, and of `more`. */
export function changeRefusals(...more: readonly Status[]): Answers {
  return readRefusals(413, 415, ...more)
}
