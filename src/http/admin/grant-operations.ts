// How the routes of grants are described (spec 05 §4.6, §5).
import {
  closedObject,
  instant,
  listOf,
  pathParameters,
  ref,
  text,
  texts,
  told,
} from '../openapi/json-schema.ts'
import { emptyAnswer, type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { pathText } from './request-parts.ts'

export const grantSchemas: Readonly<Record<string, JsonSchema>> = {
  ConsentGrant: closedObject(
    {
      id: text,
      user_id: text,
      client_id: text,
      resource_id: text,
      scopes: texts,
      created_at: instant,
      updated_at: instant,
    },
    { revoked_at: instant },
  ),
  UserGrants: closedObject(
    {
      consent_grants: told(listOf(ref('ConsentGrant')), 'Revoked ones too, newest first.'),
      broker_grants: told(
        { type: 'array', maxItems: 0 },
        'Empty: no upstream provider can be connected.',
      ),
    },
    {},
  ),
}

const tags = ['Grants']
const params = pathParameters({ id: pathText('The id of the grant.') })

export const grantOperations = {
  listOfUser: {
    operationId: 'listUserGrants',
    summary: 'What a user has allowed; an unknown user has allowed nothing',
    tags,
    params: pathParameters({ id: pathText('The id of the user.') }),
    response: { 200: jsonAnswer('The grants.', ref('UserGrants')), ...readRefusals() },
  },
  revokeConsent: {
    operationId: 'revokeConsentGrant',
    summary: 'Take back what a user has allowed a client, with all tokens that came of it',
    tags,
    params,
    response: { 204: emptyAnswer('It is not allowed any more.'), ...changeRefusals() },
  },
  revokeBroker: {
    operationId: 'revokeBrokerGrant',
    summary: 'Forget what a user has allowed at an upstream provider',
    tags,
    params,
    response: { 204: emptyAnswer('There is no such grant.'), ...changeRefusals() },
  },
} as const satisfies Record<string, Operation>
