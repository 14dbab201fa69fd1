// How the routes for browsers are described: sign-in, sign-out, change of password (spec 01 §7,
// B38). No program is meant to call them; the forms on the pages are.
import { openObject, queryParameters, text, told } from '../openapi/json-schema.ts'
import {
  type Answer,
  type Answers,
  emptyAnswer,
  type JsonSchema,
  type Operation,
} from '../openapi/operation.ts'

const cookies: Readonly<Record<string, JsonSchema>> = {
  'Set-Cookie': told(text, 'Cookies of this server.'),
}

/** A page, with the headers that its answer may have. */
export function pageAnswer(
  description: string,
  headers: Readonly<Record<string, JsonSchema>>,
): Answer {
  return { description, headers, content: { 'text/html': { schema: text } } }
}

const retryAfter = { 'Retry-After': told({ type: 'integer' }, 'Seconds to wait.') }

const pageFaults = {
  400: pageAnswer('The request cannot be read.', {}),
  413: pageAnswer('The form is too large; the connection is closed.', {}),
  415: pageAnswer('The form is encoded, which is not accepted.', {}),
  429: pageAnswer('Too many requests from this address.', retryAfter),
  500: pageAnswer('A bug of this server; its log holds the cause.', {}),
  503: pageAnswer('The server cannot answer right now; nothing was changed.', retryAfter),
} as const satisfies Answers

/** Pages of failures with these statuses. */
export function pageFailures(...statuses: readonly (keyof typeof pageFaults)[]): Answers {
  return Object.fromEntries(statuses.map((status) => [status, pageFaults[status]]))
}

const form = (required: Readonly<Record<string, JsonSchema>>): NonNullable<Operation['body']> => ({
  description: 'The form of the page.',
  content: { 'application/x-www-form-urlencoded': { schema: openObject(required, {}) } },
})

const csrf = { csrf_token: told(text, 'Of the page, for this browser only.') }

export const loginPageOperation: Operation = {
  operationId: 'getLoginPage',
  summary: 'The sign-in page',
  tags: ['Browsers'],
  querystring: queryParameters({
    redirect: told(text, 'Path of this server to go to after sign-in; others are ignored.'),
  }),
  response: {
    200: pageAnswer('The page.', cookies),
    ...pageFailures(400, 429, 500),
  },
}

export const logInOperation: Operation = {
  operationId: 'logIn',
  summary: 'Sign in with a password',
  tags: ['Browsers'],
  body: form({ ...csrf, email: text, password: text }),
  response: {
    303: emptyAnswer('Signed in; the session is in a cookie.'),
    404: {
      description: 'Passwords are switched off.',
      headers: {},
      content: { 'text/plain': { schema: text } },
    },
    422: pageAnswer('Not signed in; the page says why, as far as it may.', cookies),
    ...pageFailures(413, 415, 429, 500, 503),
  },
}

export const logOutOperation: Operation = {
  operationId: 'logOut',
  summary: 'Sign out',
  description: 'The session ends on the server: copies of its cookie are worth nothing.',
  tags: ['Browsers'],
  response: {
    303: emptyAnswer('Signed out.'),
    ...pageFailures(400, 413, 415, 429, 500, 503),
  },
}

export const passwordPageOperation: Operation = {
  operationId: 'getPasswordPage',
  summary: 'The page for a new password',
  tags: ['Browsers'],
  response: {
    200: pageAnswer('The page.', cookies),
    303: emptyAnswer('Nobody is signed in.'),
    403: pageAnswer('The password of this account is kept elsewhere.', {}),
    ...pageFailures(400, 429, 500, 503),
  },
}

export const changePasswordOperation: Operation = {
  operationId: 'changePassword',
  summary: 'Change the own password',
  description: 'Ends all other sessions of the user.',
  tags: ['Browsers'],
  body: form({ ...csrf, current_password: text, new_password: text, repeat_password: text }),
  response: {
    200: pageAnswer('Changed; a new session cookie replaces the old one.', cookies),
    303: emptyAnswer('Nobody is signed in.'),
    403: pageAnswer('The form is not of this session, or the password is kept elsewhere.', {}),
    422: pageAnswer('Not changed; the page says why.', {}),
    ...pageFailures(400, 413, 415, 429, 500, 503),
  },
}
