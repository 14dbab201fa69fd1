// How the introspection endpoint is described (RFC 7662 §2, spec 01 §13), and the form that it
// shares with revocation.
import { closedObject, count, oneOf, openObject, ref, text, told } from '../openapi/json-schema.ts'
import { jsonAnswer, type Operation } from '../openapi/operation.ts'
import { refusals } from './refusals.ts'

const seconds = told(count, 'Seconds since 1970.')

export const introspectionSchemas = {
  PresentedToken: openObject(
    { token: told(text, 'The token that this is about.') },
    {
      token_type_hint: told(text, 'Not looked at: a token says itself what it is.'),
      client_id: told(text, 'With client_secret_post, and of a public client.'),
      client_secret: told(text, 'With client_secret_post.'),
    },
  ),
  InactiveToken: closedObject(
    {
      active: told(
        { const: false },
        'Unknown, expired, revoked, or not for the caller to know: which of these is not told.',
      ),
    },
    {},
  ),
  ActiveToken: closedObject(
    {
      active: { const: true },
      client_id: told(text, 'The client that the token was issued to.'),
      sub: told(text, 'The user, or the client itself.'),
      aud: told(text, 'The resource that it is for, or the issuer.'),
      iss: text,
      exp: seconds,
      iat: seconds,
      jti: text,
      token_type: told(oneOf(['Bearer', 'DPoP']), 'DPoP when the token is bound to a key.'),
    },
    {
      scope: told(text, 'Absent when the token carries no scope.'),
      cnf: closedObject({ jkt: told(text, 'Thumbprint of that key.') }, {}),
    },
  ),
}

/** The form of both endpoints. */
export const presentedTokenBody: NonNullable<Operation['body']> = {
  description: 'No parameter may be repeated.',
  content: { 'application/x-www-form-urlencoded': { schema: ref('PresentedToken') } },
}

export const introspectTokenOperation: Operation = {
  operationId: 'introspectToken',
  summary: 'Tell a resource server, or the client itself, whether an access token is active',
  description:
    'The caller is a confidential client: the one that the token was issued to, or one that is ' +
    'bound to the resource of the token as its runtime client. Refresh tokens are never active.',
  tags: ['Tokens'],
  security: [{ client_secret_basic: [] }, {}],
  body: presentedTokenBody,
  response: {
    200: jsonAnswer('What the caller may know.', {
      oneOf: [ref('ActiveToken'), ref('InactiveToken')],
    }),
    ...refusals(400, 401, 413, 415, 429, 500, 503),
  },
}
