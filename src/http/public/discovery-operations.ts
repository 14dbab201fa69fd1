// How the discovery documents and the key set are described (RFC 8414, RFC 9728, RFC 7517).
import {
  closedObject,
  flag,
  listOf,
  pathParameters,
  ref,
  text,
  texts,
  told,
} from '../openapi/json-schema.ts'
import { answer, type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { refusals } from './refusals.ts'

const uri: JsonSchema = { type: 'string', format: 'uri' }
const tags = ['Discovery']

const key = { kid: text, use: { const: 'sig' } }

export const discoverySchemas = {
  ServerMetadata: closedObject(
    {
      issuer: uri,
      authorization_endpoint: uri,
      token_endpoint: uri,
      registration_endpoint: uri,
      revocation_endpoint: uri,
      introspection_endpoint: uri,
      jwks_uri: uri,
      response_types_supported: texts,
      grant_types_supported: told(texts, 'The grants that are switched on.'),
      token_endpoint_auth_methods_supported: texts,
      introspection_endpoint_auth_methods_supported: texts,
      revocation_endpoint_auth_methods_supported: texts,
      code_challenge_methods_supported: texts,
      resource_indicators_supported: flag,
      authorization_response_iss_parameter_supported: flag,
      authplane_agent_identity_supported: flag,
    },
    {
      scopes_supported: told(texts, 'Absent while the database does not answer.'),
      client_id_metadata_document_supported: told(flag, 'Absent when cimd.enabled is false.'),
      dpop_signing_alg_values_supported: told(texts, 'Absent when DPoP is switched off.'),
    },
  ),
  ProtectedResourceMetadata: closedObject(
    { resource: uri, authorization_servers: listOf(uri), bearer_methods_supported: texts },
    { scopes_supported: texts, resource_name: text, dpop_signing_alg_values_supported: texts },
  ),
  KeySet: closedObject({ keys: listOf({ oneOf: [ref('EcKey'), ref('RsaKey')] }) }, {}),
  EcKey: closedObject(
    {
      ...key,
      kty: { const: 'EC' },
      alg: { const: 'ES256' },
      crv: { const: 'P-256' },
      x: text,
      y: text,
    },
    {},
  ),
  RsaKey: closedObject(
    { ...key, kty: { const: 'RSA' }, alg: { const: 'RS256' }, n: text, e: text },
    {},
  ),
}

const metadataIds = [
  'getServerMetadata',
  'getServerMetadataAsOpenid',
  'getServerMetadataAsOpenidBelowIssuer',
] as const

/** The metadata at the `index`th of its paths. */
export function serverMetadataOperation(index: number): Operation {
  return {
    operationId: metadataIds[index] ?? `getServerMetadata${index}`,
    summary: 'Metadata of this authorization server',
    tags,
    response: {
      200: jsonAnswer('As of RFC 8414.', ref('ServerMetadata')),
      ...refusals(400, 429, 500),
    },
  }
}

const resourceAnswers = {
  200: jsonAnswer('As of RFC 9728.', ref('ProtectedResourceMetadata')),
  404: answer('No registered resource, or more than one, goes by this name.', 'text/plain', text),
  ...refusals(400, 429, 500, 503),
}

export const protectedResourceOperations = {
  root: {
    operationId: 'getIssuerResourceMetadata',
    summary: "Metadata of the protected resource at the issuer's origin",
    tags,
    response: resourceAnswers,
  },
  named: {
    operationId: 'getProtectedResourceMetadata',
    summary: 'Metadata of a protected resource',
    tags,
    params: pathParameters({
      reference: {
        type: 'string',
        minLength: 1,
        description:
          "The path of the resource's URI, whose slashes are not encoded, or the slug of the " +
          'resource.',
        'x-spans-segments': true,
      },
    }),
    response: resourceAnswers,
  },
} as const satisfies Record<string, Operation>

export const keySetOperation: Operation = {
  operationId: 'getKeySet',
  summary: 'Public keys that verify our tokens',
  tags,
  response: { 200: jsonAnswer('As of RFC 7517.', ref('KeySet')), ...refusals(400, 429, 500) },
}
