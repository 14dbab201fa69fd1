// What the token endpoint reads before it decides (architecture §6): the client and the resource
// that a request names.
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import type { StorageProtocol } from '../protocol.ts'
import type { Operation } from '../sql.ts'
import { readTokenClient } from './clients.ts'
import { findTokenResources } from './resources.ts'

/** Client and resource of a token request. */
export function* readTokenContext({
  clientId,
  resource,
}: RequestOf<StorageProtocol, 'readTokenContext'>): Operation<
  ReplyOf<StorageProtocol, 'readTokenContext'>
> {
  const client = yield* readTokenClient(clientId)
  const resources = resource === null ? [] : yield* findTokenResources(resource)
  return { client, resources }
}
