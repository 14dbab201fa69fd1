// What the discovery documents say right now (spec 01 §3.1, §3.3).
import { messageOf } from '../../base/errors.ts'
import {
  protectedResourceLookup,
  protectedResourceMetadata,
} from '../../oauth/protected-resource-metadata.ts'
import { type AdvertisedScopes, serverMetadata } from '../../oauth/server-metadata.ts'
import { askOptions, type Services } from '../services.ts'

/** Authorization server metadata; a store that does not answer only costs `scopes_supported`. */
export async function describeServer(services: Services): Promise<object> {
  return serverMetadata(services.settings.features, await advertisedScopes(services))
}

/**
 * Metadata of the protected resource that a well-known URL names: `ref` is the decoded part after
 * the well-known path, null for none. Null when no resource, or more than one, goes by it.
 * @throws ActorError
 */
export async function describeProtectedResource(
  services: Services,
  ref: string | null,
): Promise<object | null> {
  if (ref !== null && (ref === '' || /\p{Cc}|\ufffd/u.test(ref))) return null
  const { issuer } = services.settings.features
  const lookup = protectedResourceLookup(issuer, ref)
  const outcome = await services.storage.ask(
    'findProtectedResource',
    lookup,
    askOptions(services, null),
  )
  const [resource, another] = outcome.reply.resources
  if (resource === undefined) return null
  if (another !== undefined || resource.uri === '') {
    services.log.warn('protected resource metadata cannot be served', {
      slug: resource.slug,
      reason: another === undefined ? 'the resource has no URI' : 'the reference is ambiguous',
    })
    return null
  }
  return protectedResourceMetadata(services.settings.features, resource)
}

async function advertisedScopes(services: Services): Promise<AdvertisedScopes> {
  try {
    const outcome = await services.storage.ask('listScopeNames', {}, askOptions(services, null))
    return outcome.reply.names
  } catch (error) {
    services.log.warn('scopes could not be read for the metadata', { error: messageOf(error) })
    return null
  }
}
