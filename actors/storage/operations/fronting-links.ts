// Fronting links (spec 07 §3.6, 05 §4.7), as far as the resources at their ends need them.
import type { FrontingLink } from '../../../src/records/fronting-link.ts'
import { jsonText } from '../dialect.ts'
import {
  all,
  change,
  exists,
  instant,
  json,
  type Operation,
  type Row,
  sql,
  text,
  UnreadableRow,
} from '../sql.ts'

/** All links that lead from or to the resource of this slug. */
export function listFrontingLinks(slug: string): Operation<readonly FrontingLink[]> {
  return all(
    sql`SELECT * FROM fronting_links WHERE source_slug = ${slug}
      UNION
      SELECT * FROM fronting_links WHERE target_slug = ${slug}
      ORDER BY source_slug, target_slug`,
    frontingLinkOf,
  )
}

/** Deletes the link between two resources. */
export function deleteFrontingLink(sourceSlug: string, targetSlug: string): Operation<number> {
  return change(sql`
    DELETE FROM fronting_links
    WHERE source_slug = ${sourceSlug} AND target_slug = ${targetSlug}`)
}

/** Whether a fronting link leads from or to the resource of this slug. */
export function isFronted(slug: string): Operation<boolean> {
  return exists(sql`
    SELECT 1 FROM fronting_links WHERE source_slug = ${slug} OR target_slug = ${slug} LIMIT 1`)
}

/** Whether a scope that a link of this resource maps from or to is not among `names`. */
export function* mapsScopeOutside(slug: string, names: readonly string[]): Operation<boolean> {
  const kept = jsonText(names)
  return yield* exists(sql`
    SELECT 1 FROM (
      SELECT source.key AS name
      FROM fronting_links AS link, json_each(link.scope_map) AS source
      WHERE link.source_slug = ${slug}
      UNION ALL
      SELECT target.value
      FROM fronting_links AS link, json_each(link.scope_map) AS source,
        json_each(source.value) AS target
      WHERE link.target_slug = ${slug}
    ) WHERE name NOT IN (SELECT value FROM json_each(${kept})) LIMIT 1`)
}

function frontingLinkOf(row: Row): FrontingLink {
  return {
    sourceSlug: text(row, 'source_slug'),
    targetSlug: text(row, 'target_slug'),
    scopeMap: scopeMapOf(row),
    createdAtMs: instant(row, 'created_at'),
    createdBy: text(row, 'created_by'),
  }
}

function scopeMapOf(row: Row): FrontingLink['scopeMap'] {
  const map = json(row, 'scope_map')
  if (typeof map === 'object' && map !== null && Object.values(map).every(Array.isArray)) {
    return map as FrontingLink['scopeMap']
  }
  throw new UnreadableRow('stored value of column scope_map is unreadable')
}
