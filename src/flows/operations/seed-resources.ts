// Resources of the configuration (spec 06 §4.12): made at the start of the server as an
// administrator would make them, and left alone from then on.

import type { ResourceSeed } from '../../records/resource-seed.ts'
import { AdminError } from '../admin/admin-error.ts'
import { createResource } from '../admin/resources.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'

/** Seeds go through the admin use cases and leave their audit rows (08 §5). */
const seeder: Operator = { actorId: 'admin', trace: null }

/**
 * Makes the resources whose slug is free, in their order. @throws AdminError naming the slug of the
 * first that breaks a rule; ActorError.
 */
export async function seedResources(
  services: Services,
  seeds: readonly ResourceSeed[],
): Promise<void> {
  for (const seed of seeds) {
    if (!(await isTaken(services, seed.slug))) await makeResource(services, seed)
  }
}

async function isTaken(services: Services, slug: string): Promise<boolean> {
  const wanted = { by: 'slug', value: slug.toLowerCase() } as const
  const outcome = await services.storage.ask('readResource', wanted, askOptions(services, null))
  return outcome.reply.resource !== null
}

async function makeResource(services: Services, seed: ResourceSeed): Promise<void> {
  try {
    await createResource(services, seeder, seed)
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    // Another server that starts at the same moment was faster.
    if (error.code === 'conflict') return
    throw new AdminError(error.code, `resource seed "${seed.slug}": ${error.message}`)
  }
}
