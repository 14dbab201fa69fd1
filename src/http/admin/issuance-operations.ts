// How the routes of issuances are described (spec 05 §4.6, §5).
import { limits } from '../../base/limits.ts'
import { backendKinds } from '../../records/resource.ts'
import {
  closedObject,
  count,
  flag,
  instant,
  listOf,
  oneOf,
  pathParameters,
  queryParameters,
  ref,
  text,
  texts,
  told,
} from '../openapi/json-schema.ts'
import { emptyAnswer, type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { pathText } from './request-parts.ts'

export const issuanceSchemas: Readonly<Record<string, JsonSchema>> = {
  Issuance: closedObject(
    {
      id: text,
      jti: told(text, 'Empty for a token of a broker.'),
      subject_user_id: text,
      client_id: text,
      resource_id: text,
      scopes: texts,
      backend_kind: oneOf(backendKinds),
      revocable: flag,
      issued_at: instant,
      expires_at: instant,
      agent_chain: texts,
    },
    {
      revoked_at: instant,
      dpop_jkt: text,
      agent_id: text,
      consent_client_id: text,
      parent_jti: text,
    },
  ),
  IssuanceList: closedObject(
    {
      issuances: listOf(ref('Issuance')),
      since: told(instant, 'Beginning of the window; the year 1 when a jti was asked for.'),
      count,
    },
    {},
  ),
}

const tags = ['Issuances']
const params = pathParameters({ id: pathText('The id of the issuance.') })

export const issuanceOperations = {
  list: {
    operationId: 'listIssuances',
    summary: 'Issued tokens, newest first; one of user, client, resource and jti is required',
    tags,
    querystring: queryParameters({
      user: text,
      client: text,
      resource: told(text, 'Id of the resource.'),
      jti: told(text, 'Asks for one token, whatever its age; since and limit do not count.'),
      since: told(instant, 'A day ago when absent, 30 days at most.'),
      limit: { type: 'integer', minimum: 1, maximum: limits.issuanceRowsMax, default: 500 },
    }),
    response: { 200: jsonAnswer('Issuances.', ref('IssuanceList')), ...readRefusals() },
  },
  read: {
    operationId: 'readIssuance',
    summary: 'One issuance',
    tags,
    params,
    response: { 200: jsonAnswer('The issuance.', ref('Issuance')), ...readRefusals(404) },
  },
  revoke: {
    operationId: 'revokeIssuance',
    summary: 'Revoke an issued token; revoking it again, or an unknown one, changes nothing',
    tags,
    params,
    response: { 204: emptyAnswer('It is not valid any more.'), ...changeRefusals(404) },
  },
} as const satisfies Record<string, Operation>
