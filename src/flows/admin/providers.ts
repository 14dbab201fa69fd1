// Broker providers as far as resources name them (spec 05 §4.4): by id or by slug.
import { quoted } from '../../oauth/registration-text.ts'
import type { RequestedResource } from '../../oauth/resource-registration.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'

type NamedProvider = Pick<RequestedResource, 'brokerProviderId' | 'brokerProviderSlug'>

/**
 * The request with the id of the provider that it names by its slug; both may be given when they
 * agree. @throws AdminError `invalid`, ActorError.
 */
export async function resolveProvider<Requested extends NamedProvider>(
  services: Services,
  operator: Operator,
  { brokerProviderSlug: slug, ...requested }: Requested,
): Promise<Omit<Requested, 'brokerProviderSlug'>> {
  if (!slug) return requested
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('readProviderId', { slug }, options)
  const { id } = outcome.reply
  if (id === null) {
    throw new AdminError('invalid', `there is no broker provider with the slug ${quoted(slug)}`)
  }
  if (requested.brokerProviderId && requested.brokerProviderId !== id) {
    throw new AdminError(
      'invalid',
      'broker_provider_id and broker_provider_slug name different providers',
    )
  }
  return { ...requested, brokerProviderId: id }
}
