// How the routes of signing keys are described (spec 05 §4.8).
import { signingAlgorithms } from '../../records/signing-key.ts'
import { closedObject, listOf, oneOf, queryParameters, ref, text } from '../openapi/json-schema.ts'
import { type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, refusals } from './refusals.ts'
import { queryFlag } from './request-parts.ts'

const alg = oneOf(signingAlgorithms)

export const keySchemas: Readonly<Record<string, JsonSchema>> = {
  SigningKey: closedObject(
    { kid: text, alg, use: { const: 'sig' }, status: oneOf(['current', 'prepared', 'previous']) },
    {},
  ),
  KeyList: closedObject({ keys: listOf(ref('SigningKey')) }, {}),
  RotatedKey: closedObject({ kid: text, alg }, {}),
}

const tags = ['Keys']

export const keyOperations = {
  list: {
    operationId: 'listKeys',
    summary: 'The published signing keys, in the order of the key set',
    tags,
    response: {
      200: jsonAnswer('Public data only.', ref('KeyList')),
      ...refusals(400, 401, 429, 500),
    },
  },
  rotate: {
    operationId: 'rotateKey',
    summary: 'Sign with a new key from now on',
    tags,
    querystring: queryParameters({
      force: queryFlag('Even while tokens of the key before the last may still be valid.'),
    }),
    response: { 200: jsonAnswer('The new key.', ref('RotatedKey')), ...changeRefusals(409) },
  },
} as const satisfies Record<string, Operation>
