// How the routes of users are described (spec 05 §4.3, §5, B38).
import { limits } from '../../base/limits.ts'
import { userProviders, userRoles, userStatuses } from '../../records/user.ts'
import {
  closedObject,
  instant,
  listOf,
  oneOf,
  openObject,
  pathParameters,
  queryParameters,
  ref,
  text,
  told,
} from '../openapi/json-schema.ts'
import { emptyAnswer, type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { ignoresUnknown, jsonBody, lenientPage, pathText, queryFlag } from './request-parts.ts'

const email: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: limits.emailBytesMax,
  description: 'Stored and compared in lower case.',
}
const name: JsonSchema = { type: 'string', maxLength: limits.userNameBytesMax }
const password: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: limits.passwordBytesMax,
  description: `${limits.passwordBytesMax} bytes at most.`,
}

export const userSchemas: Readonly<Record<string, JsonSchema>> = {
  CreateUser: openObject(
    { email, password },
    { name, role: told(text, 'admin, or anything else for user. It has no effect.') },
  ),
  ChangeUser: openObject({}, { email, name }),
  ChangePassword: openObject({ password }, {}),
  User: closedObject(
    {
      id: text,
      email: told(text, 'Empty for a user who has none.'),
      name: text,
      role: oneOf(userRoles),
      status: oneOf(userStatuses),
      provider: oneOf(userProviders),
      created_at: instant,
    },
    {},
  ),
}

const tags = ['Users']
const params = pathParameters({ id: pathText('The id of the user.') })
const userAnswer = jsonAnswer('The user.', ref('User'))

export const userOperations = {
  create: {
    operationId: 'createUser',
    summary: 'Create a user who signs in with a password',
    tags,
    body: jsonBody(ref('CreateUser'), ignoresUnknown),
    response: { 201: userAnswer, ...changeRefusals(409) },
  },
  list: {
    operationId: 'listUsers',
    summary: 'Users, newest first',
    tags,
    querystring: queryParameters({
      ...lenientPage,
      limit: told({ type: 'integer' }, `Rows, ${limits.pageRowsMax} at most; absent = all.`),
    }),
    response: { 200: jsonAnswer('The users.', listOf(ref('User'))), ...readRefusals() },
  },
  read: {
    operationId: 'readUser',
    summary: 'One user',
    tags,
    params,
    response: { 200: userAnswer, ...readRefusals(404) },
  },
  change: {
    operationId: 'changeUser',
    summary: 'Change a user; what is absent stays as it is',
    tags,
    params,
    body: jsonBody(ref('ChangeUser'), ignoresUnknown),
    response: { 200: userAnswer, ...changeRefusals(404, 409) },
  },
  delete: {
    operationId: 'deleteUser',
    summary: 'Delete a user',
    tags,
    params,
    querystring: queryParameters({ force: queryFlag('Revoke the live tokens first.') }),
    response: { 204: emptyAnswer('The user is gone.'), ...changeRefusals(404, 409) },
  },
  setPassword: {
    operationId: 'setUserPassword',
    summary: 'Give a user a new password; all browser sessions of the user end',
    tags,
    params,
    body: jsonBody(ref('ChangePassword'), ignoresUnknown),
    response: { 204: emptyAnswer('It counts from now on.'), ...changeRefusals(404) },
  },
} as const satisfies Record<string, Operation>

const moves = {
  disable: {
    summary: 'Lock a user out: no sign-in, no token, and those that exist are not active',
    status: 'disabled',
  },
  enable: { summary: 'Let a disabled user sign in again', status: 'active' },
} as const

/** A change of the status of a user. */
export function userMoveOperation(move: keyof typeof moves): Operation {
  const { summary, status } = moves[move]
  return {
    operationId: `${move}User`,
    summary,
    tags,
    params,
    response: {
      200: jsonAnswer('The new status.', closedObject({ status: { const: status } }, {})),
      ...changeRefusals(404, 409),
    },
  }
}
