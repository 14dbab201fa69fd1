// How the revocation endpoint is described (RFC 7009 §2, spec 01 §14).
import { emptyAnswer, type Operation } from '../openapi/operation.ts'
import { presentedTokenBody } from './introspect-operation.ts'
import { refusals } from './refusals.ts'

export const revokeTokenOperation: Operation = {
  operationId: 'revokeToken',
  summary: 'Revoke a token of the caller: an access token alone, a refresh token with its family',
  description:
    'A public client sends its client_id alone. Resource servers that only check signatures ' +
    'accept an access token until it expires.',
  tags: ['Tokens'],
  security: [{ client_secret_basic: [] }, {}],
  body: presentedTokenBody,
  response: {
    200: emptyAnswer('It is revoked, was so before, or is no token of the caller.'),
    ...refusals(400, 401, 413, 415, 429, 500, 503),
  },
}
