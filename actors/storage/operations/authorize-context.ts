// What the authorize request and its consent page read before they decide (spec 01 §6 and §8).
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import type { StorageProtocol } from '../protocol.ts'
import type { Operation } from '../sql.ts'
import { readAuthorizationById } from './authorizations.ts'
import { readClient } from './clients.ts'
import { readLiveConsent } from './consents.ts'
import { findNamedResources, readResourcesOf } from './resources.ts'

/** Client, resource and consent of an authorize request. */
export function* readAuthorizeContext({
  clientId,
  userId,
  resource,
}: RequestOf<StorageProtocol, 'readAuthorizeContext'>): Operation<
  ReplyOf<StorageProtocol, 'readAuthorizeContext'>
> {
  const client = yield* readClient(clientId)
  const resources = resource === null ? [] : yield* findNamedResources(resource)
  const [only, another] = resources
  if (userId === null || only === undefined || another !== undefined) {
    return { client, resources, consent: null }
  }
  const consent = yield* readLiveConsent({ userId, clientId, resourceId: only.id })
  return { client, resources, consent }
}

/** An authorization with its client and the rows of its resource. */
export function* readAuthorization({
  id,
}: RequestOf<StorageProtocol, 'readAuthorization'>): Operation<
  ReplyOf<StorageProtocol, 'readAuthorization'>
> {
  const authorization = yield* readAuthorizationById(id)
  if (authorization === null) return { authorization, client: null, resources: [] }
  return {
    authorization,
    client: yield* readClient(authorization.clientId),
    resources: yield* readResourcesOf(authorization.resource),
  }
}
