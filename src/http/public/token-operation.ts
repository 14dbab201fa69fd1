// How the token endpoint is described (RFC 6749 §4.4, §5; spec 01 §10).
import {
  closedObject,
  oneOf,
  openObject,
  queryParameters,
  ref,
  text,
  told,
} from '../openapi/json-schema.ts'
import { type Answers, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { refusals } from './refusals.ts'

export const tokenSchemas = {
  TokenRequest: openObject(
    { grant_type: told({ const: 'client_credentials' }, 'A grant that is switched on.') },
    {
      client_id: told(text, 'With client_secret_post.'),
      client_secret: told(text, 'With client_secret_post.'),
      scope: told(text, 'Names of scopes, separated by spaces; absent = all that are allowed.'),
      resource: told(text, 'URI of the protected resource that the token is for (RFC 8707).'),
    },
  ),
  TokenResponse: closedObject(
    {
      access_token: told(text, 'A signed JWT (RFC 9068).'),
      token_type: told(oneOf(['Bearer', 'DPoP']), 'DPoP when the token is bound to a key.'),
      expires_in: told({ type: 'integer', minimum: 1 }, 'Seconds.'),
    },
    { scope: told(text, 'Absent when the token carries no scope.') },
  ),
}

const nonceHeader = {
  'DPoP-Nonce': told(text, 'For the next proof; to requests that have a DPoP header.'),
}

const withNonce = (answers: Answers): Answers =>
  Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      'type' in answer ? answer : { ...answer, headers: { ...answer.headers, ...nonceHeader } },
    ]),
  )

export const issueTokenOperation: Operation = {
  operationId: 'issueToken',
  summary: 'Issue an access token',
  tags: ['Tokens'],
  // The second way, client_secret_post, is part of the form and has no scheme in OpenAPI.
  security: [{ client_secret_basic: [] }, {}],
  body: {
    description: 'No parameter may be repeated, except resource: then the first counts.',
    content: { 'application/x-www-form-urlencoded': { schema: ref('TokenRequest') } },
  },
  headers: queryParameters({
    DPoP: told(text, 'A proof that binds the token to a key of the client (RFC 9449).'),
  }),
  response: withNonce({
    200: jsonAnswer('The token. It is stored nowhere.', ref('TokenResponse')),
    ...refusals(400, 401, 413, 415, 429, 500, 503),
  }),
}
