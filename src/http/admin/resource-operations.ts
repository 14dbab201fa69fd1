// How the routes of protected resources are described (spec 05 §4.4, §5).
import { limits } from '../../base/limits.ts'
import { backendKinds } from '../../records/resource.ts'
import {
  closedObject,
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
import { jsonBody, pathText, queryFlag, refusesUnknown, strictPage } from './request-parts.ts'

const allowedClients = { allowed_client_ids: told(texts, 'Empty = any client.') }
const runtimeClients = { client_ids: told(texts, 'Empty = none.') }
const returnUrls = { allowed_return_urls: texts }

/** What may be set; the slug and the kind must be there at creation. */
const identity = {
  slug: told({ type: 'string', minLength: 1, maxLength: 64 }, 'Letters, digits, dashes.'),
  backend_kind: oneOf(backendKinds),
}
const members = {
  uri: told({ type: 'string', maxLength: limits.uriBytesMax }, 'What becomes the aud of tokens.'),
  broker_provider_id: told(text, 'Of a broker resource.'),
  broker_provider_slug: told(text, 'Instead of the id; both only when they agree.'),
  display_name: text,
  scopes: listOf(ref('ResourceScope')),
  policy: told(ref('RequestedPolicy'), 'Replaces the whole policy.'),
}

export const resourceSchemas: Readonly<Record<string, JsonSchema>> = {
  ResourceScope: closedObject(
    { name: { type: 'string', minLength: 1 } },
    { description: text, upstream: told(text, 'Scope of the provider that it stands for.') },
  ),
  RequestedPolicy: closedObject(
    {},
    {
      exchange: closedObject({}, allowedClients),
      runtime: closedObject({}, runtimeClients),
      connect: closedObject({}, returnUrls),
    },
  ),
  CreateResource: closedObject(identity, members),
  ChangeResource: closedObject({}, { ...identity, ...members }),
  Resource: closedObject(
    {
      id: text,
      slug: text,
      uri: text,
      backend_kind: oneOf(backendKinds),
      broker_provider_id: told(text, 'Empty for a mint resource.'),
      display_name: text,
      scopes: listOf(ref('ResourceScope')),
      policy: closedObject(
        { exchange: closedObject(allowedClients, {}), runtime: closedObject(runtimeClients, {}) },
        { connect: told(closedObject(returnUrls, {}), 'Of a broker resource.') },
      ),
      created_at: instant,
      updated_at: instant,
    },
    {},
  ),
  FrontingLink: closedObject(
    {
      source_slug: text,
      target_slug: text,
      scope_map: { type: 'object', additionalProperties: texts },
      created_at: instant,
      created_by: text,
    },
    {},
  ),
  Fronting: closedObject(
    {
      slug: text,
      fronts: told(listOf(ref('FrontingLink')), 'What it stands before.'),
      fronted_by: listOf(ref('FrontingLink')),
    },
    {},
  ),
}

const tags = ['Resources']
const params = pathParameters({ id: pathText('The id of the resource, not its slug.') })
const resourceAnswer = jsonAnswer('The resource.', ref('Resource'))

export const resourceOperations = {
  list: {
    operationId: 'listResources',
    summary: 'Resources by slug, or the one with a slug',
    tags,
    querystring: queryParameters({
      slug: told(text, 'Asks for one resource; stands beside no other parameter.'),
      backend_kind: oneOf(backendKinds),
      broker_provider_id: text,
      ...strictPage,
    }),
    response: {
      200: jsonAnswer('A page of resources or, by slug, one resource.', {
        oneOf: [listOf(ref('Resource')), ref('Resource')],
      }),
      ...readRefusals(404),
    },
  },
  create: {
    operationId: 'createResource',
    summary: 'Register a resource',
    tags,
    body: jsonBody(ref('CreateResource'), refusesUnknown),
    response: { 201: resourceAnswer, ...changeRefusals(409) },
  },
  read: {
    operationId: 'readResource',
    summary: 'One resource',
    tags,
    params,
    response: { 200: resourceAnswer, ...readRefusals(404) },
  },
  change: {
    operationId: 'changeResource',
    summary: 'Change a resource; what is absent stays as it is',
    tags,
    params,
    body: jsonBody(ref('ChangeResource'), refusesUnknown),
    response: { 200: resourceAnswer, ...changeRefusals(404, 409) },
  },
  delete: {
    operationId: 'deleteResource',
    summary: 'Delete a resource that no issued token and no consent refers to',
    tags,
    params,
    querystring: queryParameters({ cascade: queryFlag('Delete its fronting links, too.') }),
    response: {
      204: emptyAnswer('It is gone.'),
      ...changeRefusals(404),
      409: {
        description: 'Something refers to it; fronting links are named.',
        headers: {},
        content: { 'application/problem+json': { schema: ref('ResourceProblem') } },
      },
    },
  },
  fronting: {
    operationId: 'readFronting',
    summary: 'The fronting links of a resource, in both directions',
    tags,
    params: pathParameters({ slug: pathText('The slug of the resource.') }),
    response: { 200: jsonAnswer('The links.', ref('Fronting')), ...readRefusals(404) },
  },
} as const satisfies Record<string, Operation>
