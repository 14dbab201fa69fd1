// How commands name a resource and its provider, and how they show it in a line.
import { askOptions, type Services } from '../../flows/services.ts'
import type { Resource } from '../../records/resource.ts'
import { commandOperator } from '../boot.ts'
import type { OutputOptions, Pairs } from '../output.ts'

export interface ResourceIdOptions extends OutputOptions {
  readonly id?: string
}

/** For help texts: ids have this form. */
export const exampleResourceId = '--id Zr5uB0mTqv9cX2yL7wKd1A'

/**
 * Id of the provider that is named by id or by slug; null stays null. Ids are drawn at random from
 * 128 bits: what is a slug is no id.
 */
export async function providerIdOf(
  services: Services,
  name: string | undefined,
): Promise<string | null> {
  if (name === undefined) return null
  const options = askOptions(services, commandOperator.trace)
  const outcome = await services.storage.ask('readProviderId', { slug: name }, options)
  return outcome.reply.id ?? name
}

/** The pairs of a resource in a list. */
export function lineOfResource(resource: Resource): Pairs {
  return {
    id: resource.id,
    slug: resource.slug,
    backend_kind: resource.backendKind,
    broker_provider_id: resource.brokerProviderId ?? '',
    uri: resource.uri,
    scopes: resource.scopes.map(({ name }) => name).join(','),
  }
}
