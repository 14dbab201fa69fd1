// How dynamic client registration is described (RFC 7591, spec 01 §11).
import { limits } from '../../base/limits.ts'
import { applicationTypes, clientAuthMethods, grantTypes } from '../../records/client.ts'
import {
  closedObject,
  flag,
  listOf,
  oneOf,
  openObject,
  ref,
  text,
  texts,
  told,
} from '../openapi/json-schema.ts'
import { type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { refusals } from './refusals.ts'

const grants = listOf(oneOf(grantTypes))
const methods = oneOf(clientAuthMethods)
const name: JsonSchema = { type: 'string', minLength: 1, maxLength: limits.clientNameBytesMax }
const absent = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })

export const registrationSchemas = {
  ClientRegistration: openObject(
    { client_name: name },
    {
      redirect_uris: told(
        absent({ ...texts, maxItems: limits.redirectUrisMax }),
        'Required with authorization_code and refresh_token: https, http of a loopback host, or ' +
          'a private-use scheme of a public client.',
      ),
      grant_types: told(grants, 'Each must be switched on; authorization_code, refresh_token.'),
      response_types: listOf({ const: 'code' }),
      token_endpoint_auth_method: told(
        methods,
        'none (the default) makes a public client; any other yields a secret.',
      ),
      application_type: oneOf(applicationTypes),
      agent: flag,
      agent_description: { type: 'string', maxLength: limits.agentDescriptionBytesMax },
      dpop_bound_access_tokens: told(flag, 'Tokens only against a DPoP proof (RFC 9449 §5.2).'),
    },
  ),
  RegisteredClient: closedObject(
    {
      client_id: text,
      client_id_issued_at: told({ type: 'integer' }, 'Seconds since the Unix epoch.'),
      redirect_uris: told(absent(texts), 'As sent.'),
      client_name: text,
      grant_types: grants,
      response_types: texts,
      token_endpoint_auth_method: methods,
      application_type: oneOf(applicationTypes),
    },
    {
      client_secret: told(text, 'Shown once, here; absent for a public client.'),
      client_secret_expires_at: told({ const: 0 }, 'Never; with client_secret.'),
      scope: told(text, 'The scopes it may ask for; absent = no ceiling of its own.'),
      agent: { const: true },
      agent_description: text,
      dpop_bound_access_tokens: { const: true },
    },
  ),
}

export const registerClientOperation: Operation = {
  operationId: 'registerClient',
  summary: 'Register a client',
  description: 'Who may do this is the mode of registration, which an administrator sets.',
  tags: ['Clients'],
  body: {
    description: 'Other members are ignored; no member may be named twice.',
    content: { 'application/json': { schema: ref('ClientRegistration') } },
  },
  response: {
    201: jsonAnswer('The client, and its secret if it has one.', ref('RegisteredClient')),
    ...refusals(400, 403, 413, 415, 429, 500, 503),
  },
}
