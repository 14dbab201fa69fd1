// How the routes of tokens are described (spec 05 §4.2, §5).
import {
  closedObject,
  count,
  instant,
  listOf,
  oneOf,
  pathParameters,
  queryParameters,
  ref,
  text,
  told,
} from '../openapi/json-schema.ts'
import { emptyAnswer, type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { lenientPage, pathText } from './request-parts.ts'

export const tokenSchemas: Readonly<Record<string, JsonSchema>> = {
  Token: closedObject(
    {
      jti: told(text, 'What it is revoked by: of a user the id of the family of tokens.'),
      type: oneOf(['authorization_code', 'client_credentials']),
      client_id: text,
      scope: text,
      resource: told(text, 'URI of the resource; empty = none.'),
      status: oneOf(['active', 'revoked']),
      created_at: instant,
    },
    { user_id: text, expires_at: instant },
  ),
  TokenList: closedObject(
    {
      tokens: told(
        listOf(ref('Token')),
        'Families of tokens of users, the active ones first, then machine tokens that have not ' +
          'expired; newest first. Limit and offset count for each of both.',
      ),
      total: told(count, 'All that match, on whatever page.'),
    },
    {},
  ),
  ForcedLogout: closedObject(
    { user_id: text, tokens_revoked: told(count, 'Families that ended.') },
    {},
  ),
}

const tags = ['Tokens']
const userParams = pathParameters({ id: pathText('The id of the user.') })
const listAnswer = jsonAnswer('A page of tokens.', ref('TokenList'))

export const tokenOperations = {
  list: {
    operationId: 'listTokens',
    summary: 'Tokens of users and of machines',
    tags,
    querystring: queryParameters({
      client_id: text,
      user_id: told(text, 'Leaves machine tokens out.'),
      ...lenientPage,
    }),
    response: { 200: listAnswer, ...readRefusals() },
  },
  revoke: {
    operationId: 'revokeToken',
    summary: 'Revoke a family of tokens, or one access token; again changes nothing',
    tags,
    params: pathParameters({ jti: pathText('The id of the family, or the jti of the token.') }),
    response: { 204: emptyAnswer('It is revoked.'), ...changeRefusals(404) },
  },
  listOfUser: {
    operationId: 'listUserTokens',
    summary: 'Tokens of a user',
    tags,
    params: userParams,
    querystring: queryParameters(lenientPage),
    response: { 200: listAnswer, ...readRefusals(404) },
  },
  forceLogout: {
    operationId: 'forceLogout',
    summary: 'End all tokens, browser sessions and pending authorizations of a user',
    tags,
    params: userParams,
    response: {
      200: jsonAnswer('How many families of tokens ended.', ref('ForcedLogout')),
      ...changeRefusals(404),
    },
  },
} as const satisfies Record<string, Operation>
