// The fronting links of one resource, in both directions (spec 05 §4.4).
import type { FrontingLink } from '../../records/fronting-link.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { readResource } from './resources.ts'

export interface Fronting {
  readonly slug: string
  /** Links from the resource to what it stands before. */
  readonly fronts: readonly FrontingLink[]
  readonly frontedBy: readonly FrontingLink[]
}

/** Links of the resource with this slug. @throws AdminError `not_found`, ActorError. */
export async function readFronting(
  services: Services,
  operator: Operator,
  wanted: string,
): Promise<Fronting> {
  const { slug } = await readResource(services, operator, { by: 'slug', value: wanted })
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('listFrontingLinks', { slug }, options)
  const { links } = outcome.reply
  return {
    slug,
    fronts: links.filter(({ sourceSlug }) => sourceSlug === slug),
    frontedBy: links.filter(({ targetSlug }) => targetSlug === slug),
  }
}
