// Upstream providers (spec 07 §3.6), as far as the resources that name them need them.
import { exists, type Operation, one, sql, text } from '../sql.ts'

/** Whether a provider of this id exists. */
export function providerExists(id: string): Operation<boolean> {
  return exists(sql`SELECT 1 FROM broker_providers WHERE id = ${id}`)
}

/** Id of the provider of this slug, or null. */
export function readProviderId(slug: string): Operation<string | null> {
  return one(sql`SELECT id FROM broker_providers WHERE slug = ${slug}`, (row) => text(row, 'id'))
}
