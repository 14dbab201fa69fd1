// How the routes of OAuth clients are described (spec 05 §4.1, §5).
import { limits } from '../../base/limits.ts'
import {
  applicationTypes,
  clientAuthMethods,
  clientStatuses,
  grantTypes,
  registrationSources,
} from '../../records/client.ts'
import {
  closedObject,
  flag,
  instant,
  listOf,
  oneOf,
  openObject,
  pathParameters,
  queryParameters,
  ref,
  text,
  texts,
  told,
} from '../openapi/json-schema.ts'
import { emptyAnswer, type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { ignoresUnknown, jsonBody, lenientPage, pathText, queryFlag } from './request-parts.ts'

const grants = listOf(oneOf(grantTypes))

/** Members that creation and change have in common. */
const changeable = {
  redirect_uris: { ...texts, maxItems: limits.redirectUrisMax },
  grant_types: told(grants, 'Each must be switched on.'),
  scope: told(text, 'The scopes it may ask for, separated by spaces; empty = none.'),
  application_type: oneOf(applicationTypes),
  dpop_bound_access_tokens: flag,
}

const name: JsonSchema = { type: 'string', minLength: 1, maxLength: limits.clientNameBytesMax }

/** Members that every view of a client has. */
const shown = {
  redirect_uris: texts,
  grant_types: grants,
  response_types: texts,
  token_endpoint_auth_method: oneOf(clientAuthMethods),
  scope: text,
  status: oneOf(clientStatuses),
  registration_source: oneOf(registrationSources),
  agent: flag,
  agent_description: text,
  application_type: oneOf(applicationTypes),
  dpop_bound_access_tokens: flag,
  issued_at: instant,
}

export const clientSchemas: Readonly<Record<string, JsonSchema>> = {
  CreateClient: openObject(
    { client_name: name },
    {
      ...changeable,
      response_types: listOf({ const: 'code' }),
      token_endpoint_auth_method: told(
        oneOf(clientAuthMethods),
        'none (the default) makes a public client; any other yields a secret.',
      ),
      agent: told(flag, 'Cannot be changed later.'),
      agent_description: { type: 'string', maxLength: limits.agentDescriptionBytesMax },
    },
  ),
  ChangeClient: openObject({}, { client_name: name, ...changeable }),
  Client: closedObject({ id: text, name: text, ...shown, cimd_url: text, updated_at: instant }, {}),
  CreatedClient: closedObject(
    { client_id: text, client_name: text, ...shown },
    { client_secret: told(text, 'Shown once, here; absent for a public client.') },
  ),
  ClientSecret: closedObject(
    { client_id: text, client_secret: told(text, 'Shown once, here.') },
    {},
  ),
}

const tags = ['Clients']
const params = pathParameters({ id: pathText('The client id.') })
const clientAnswer = jsonAnswer('The client.', ref('Client'))

export const clientOperations = {
  create: {
    operationId: 'createClient',
    summary: 'Register a client',
    tags,
    body: jsonBody(ref('CreateClient'), ignoresUnknown),
    response: {
      201: jsonAnswer('The client, and its secret if it has one.', ref('CreatedClient')),
      ...changeRefusals(),
    },
  },
  list: {
    operationId: 'listClients',
    summary: 'Clients, newest first',
    tags,
    querystring: queryParameters({
      status: oneOf(clientStatuses),
      source: oneOf(registrationSources),
      ...lenientPage,
    }),
    response: { 200: jsonAnswer('A page of clients.', listOf(ref('Client'))), ...readRefusals() },
  },
  read: {
    operationId: 'readClient',
    summary: 'One client',
    tags,
    params,
    response: { 200: clientAnswer, ...readRefusals(404) },
  },
  change: {
    operationId: 'changeClient',
    summary: 'Change a client; what is absent stays as it is',
    tags,
    params,
    body: jsonBody(ref('ChangeClient'), ignoresUnknown),
    response: { 200: clientAnswer, ...changeRefusals(404, 409) },
  },
  delete: {
    operationId: 'deleteClient',
    summary: 'Delete a client',
    tags,
    params,
    querystring: queryParameters({ force: queryFlag('Revoke its live tokens first.') }),
    response: { 204: emptyAnswer('It is gone.'), ...changeRefusals(404, 409) },
  },
  rotateSecret: {
    operationId: 'rotateClientSecret',
    summary: 'Replace the secret of a client; the old one is worthless at once',
    tags,
    params,
    response: {
      200: jsonAnswer('The new secret.', ref('ClientSecret')),
      ...changeRefusals(404, 409),
    },
  },
} as const satisfies Record<string, Operation>

const moves = {
  suspend: { summary: 'Stop a client for a while', status: 'suspended' },
  reactivate: { summary: 'Let a suspended client work again', status: 'active' },
  revoke: { summary: 'Stop a client for ever; its tokens are not revoked', status: 'revoked' },
} as const

/** A change of the status of a client. */
export function clientMoveOperation(move: keyof typeof moves): Operation {
  const { summary, status } = moves[move]
  return {
    operationId: `${move}Client`,
    summary,
    tags,
    params,
    response: {
      200: jsonAnswer('The new status.', closedObject({ status: { const: status } }, {})),
      ...changeRefusals(404, 409),
    },
  }
}
