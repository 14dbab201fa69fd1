// How the routes of the lists in a resource's policy are described (spec 05 §4.4).
import type { PolicyList } from '../../flows/admin/resource-policy.ts'
import {
  closedObject,
  pathParameters,
  queryParameters,
  text,
  texts,
} from '../openapi/json-schema.ts'
import { type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { jsonBody, pathText, refusesUnknown } from './request-parts.ts'

export interface DescribedList {
  readonly list: PolicyList
  /** Name of the list in answers. */
  readonly member: string
  /** Name of one entry in requests. */
  readonly entry: 'client_id' | 'url'
}

const names: Readonly<Record<PolicyList, { readonly noun: string; readonly id: string }>> = {
  exchange: { noun: 'clients that may exchange tokens for a resource', id: 'ExchangeClient' },
  connect: { noun: 'URLs that the connect flow may return to', id: 'ReturnUrl' },
  runtime: { noun: 'clients that act as the server of a resource', id: 'RuntimeClient' },
}

const slug = { slug: pathText('The slug of the resource.') }
const tags = ['Resource policy']

/** Reading one of the lists, adding to it, and removing from it. */
export function policyListOperations({ list, member, entry }: DescribedList): {
  readonly read: Operation
  readonly add: Operation
  readonly remove: Operation
} {
  const { noun, id } = names[list]
  const entries = jsonAnswer('The list as it is now.', closedObject({ [member]: texts }, {}))
  return {
    read: {
      operationId: `list${id}s`,
      summary: `The ${noun}`,
      tags,
      params: pathParameters(slug),
      response: { 200: entries, ...readRefusals(404) },
    },
    add: {
      operationId: `add${id}`,
      summary: `Add one to the ${noun}; adding it again changes nothing`,
      tags,
      params: pathParameters(slug),
      body: jsonBody(closedObject({ [entry]: text }, {}), refusesUnknown),
      response: { 200: entries, ...changeRefusals(404) },
    },
    remove: {
      operationId: `remove${id}`,
      summary: `Remove one of the ${noun}; what is not there changes nothing`,
      tags,
      ...entryParameters(entry),
      response: { 200: entries, ...changeRefusals(404) },
    },
  }
}

/** A client id goes into the path, a URL into the query. */
function entryParameters(entry: DescribedList['entry']): Pick<Operation, 'params' | 'querystring'> {
  if (entry === 'client_id') {
    return { params: pathParameters({ ...slug, client_id: pathText('The client id.') }) }
  }
  const url: JsonSchema = text
  return {
    params: pathParameters(slug),
    querystring: { ...queryParameters({ url }), required: ['url'] },
  }
}
