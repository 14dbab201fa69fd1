// Protected resources (spec 07 §3.6, 05 §4.4, 01 §3.3) and their lookup by URI (decision B28).
import { canonicalResource, resourcePath } from '../../../src/oauth/resource-indicator.ts'
import {
  backendKinds,
  type Resource,
  type ResourcePolicy,
  type ResourceScope,
  type TokenResource,
} from '../../../src/records/resource.ts'
import { instantText, jsonText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  all,
  change,
  exists,
  instant,
  json,
  list,
  member,
  type Operation,
  one,
  type Row,
  sql,
  text,
  textOrAbsent,
  UnreadableRow,
} from '../sql.ts'

type Request<Kind extends keyof StorageProtocol> = StorageProtocol[Kind]['request']

/**
 * Resources that a token request names: equal byte for byte, else in canonical form; at most two.
 */
export function* findTokenResources(uri: string): Operation<readonly TokenResource[]> {
  const exact = yield* findRegisteredResources(uri)
  if (exact.length > 0) return exact
  const key = canonicalResource(uri)
  if (key === null) return []
  return yield* all(
    sql`SELECT id, uri, scopes FROM resources WHERE uri_key = ${key} AND uri_key <> '' LIMIT 2`,
    tokenResourceOf,
  )
}

/** Resources that are registered under this URI, byte for byte; at most two. */
export function findRegisteredResources(uri: string): Operation<readonly TokenResource[]> {
  return all(
    sql`SELECT id, uri, scopes FROM resources WHERE uri = ${uri} AND uri <> '' LIMIT 2`,
    tokenResourceOf,
  )
}

/**
 * Resources that an authorize request names (spec 01 §5.4): as `findTokenResources`, else by slug,
 * with the whole records.
 */
export function* findNamedResources(name: string): Operation<readonly Resource[]> {
  const exact = yield* readResourcesOf(name)
  if (exact.length > 0) return exact
  const key = canonicalResource(name)
  if (key === null) {
    return yield* all(sql`SELECT * FROM resources WHERE slug = ${name} AND uri <> ''`, resourceOf)
  }
  return yield* all(
    sql`SELECT * FROM resources WHERE uri_key = ${key} AND uri_key <> '' LIMIT 2`,
    resourceOf,
  )
}

/** The resource of this slug as the token endpoint needs it; none when it has no URI. */
export function findResourcesBySlug(slug: string): Operation<readonly TokenResource[]> {
  return all(
    sql`SELECT id, uri, scopes FROM resources WHERE slug = ${slug} AND uri <> ''`,
    tokenResourceOf,
  )
}

/** As `findRegisteredResources`, with the whole records. */
export function readResourcesOf(uri: string): Operation<readonly Resource[]> {
  return all(sql`SELECT * FROM resources WHERE uri = ${uri} AND uri <> '' LIMIT 2`, resourceOf)
}

/** The first lookup that finds anything: by URI, by slug, by path of the URI; at most two rows. */
export function* findProtectedResource(
  wanted: Request<'findProtectedResource'>,
): Operation<readonly Resource[]> {
  const { slug, path } = wanted
  const byUri = yield* all(
    sql`SELECT * FROM resources
      WHERE uri IN (SELECT value FROM json_each(${jsonText(wanted.uris)})) AND uri <> '' LIMIT 2`,
    resourceOf,
  )
  if (byUri.length > 0) return byUri
  const bySlug =
    slug === null
      ? []
      : yield* all(sql`SELECT * FROM resources WHERE slug = ${slug} LIMIT 2`, resourceOf)
  if (bySlug.length > 0 || path === null) return bySlug
  return yield* all(
    sql`SELECT * FROM resources WHERE uri_path = ${path} AND uri_path <> '' LIMIT 2`,
    resourceOf,
  )
}

/** Names of all scopes, each once, in order of first appearance. */
export function* listScopeNames(): Operation<readonly string[]> {
  const names = yield* all(
    sql`SELECT s.value ->> 'name' AS name FROM resources AS r, json_each(r.scopes) AS s
      ORDER BY r.rowid, s.key`,
    (row) => text(row, 'name'),
  )
  return [...new Set(names)]
}

/** One resource by id or slug, or null. */
export function readResource(wanted: Request<'readResource'>): Operation<Resource | null> {
  const { by, value } = wanted
  const statement =
    by === 'id'
      ? sql`SELECT * FROM resources WHERE id = ${value}`
      : sql`SELECT * FROM resources WHERE slug = ${value}`
  return one(statement, resourceOf)
}

/** A page of the resources that match, by slug. */
export function listResources(page: Request<'listResources'>): Operation<readonly Resource[]> {
  const { backendKind, brokerProviderId, limit, offset } = page
  return all(
    sql`SELECT * FROM resources
      WHERE (${backendKind} IS NULL OR backend_kind = ${backendKind})
        AND (${brokerProviderId} IS NULL OR broker_provider_id = ${brokerProviderId})
      ORDER BY slug LIMIT ${limit} OFFSET ${offset}`,
    resourceOf,
  )
}

/** Inserts a resource; false when the slug is taken. */
export function* insertResource(resource: Resource): Operation<boolean> {
  const { uri } = resource
  const inserted = yield* change(sql`
    INSERT INTO resources (id, slug, display_name, uri, uri_key, uri_path, backend_kind,
      broker_provider_id, scopes, policy, created_at, updated_at)
    VALUES (${resource.id}, ${resource.slug}, ${resource.displayName}, ${uri}, ${keyOf(uri)},
      ${resourcePath(uri)}, ${resource.backendKind}, ${resource.brokerProviderId},
      ${jsonText(resource.scopes)}, ${policyText(resource)}, ${instantText(resource.createdAtMs)},
      ${instantText(resource.updatedAtMs)})
    ON CONFLICT (slug) DO NOTHING`)
  return inserted === 1
}

/** Writes every member that can change. */
export function* updateResource(resource: Resource): Operation<void> {
  const { uri } = resource
  yield* change(sql`
    UPDATE resources SET slug = ${resource.slug}, display_name = ${resource.displayName},
      uri = ${uri}, uri_key = ${keyOf(uri)}, uri_path = ${resourcePath(uri)},
      backend_kind = ${resource.backendKind}, broker_provider_id = ${resource.brokerProviderId},
      scopes = ${jsonText(resource.scopes)}, policy = ${policyText(resource)},
      updated_at = ${instantText(resource.updatedAtMs)}
    WHERE id = ${resource.id}`)
}

/** Whether a resource of this id exists. */
export function resourceExists(id: string): Operation<boolean> {
  return exists(sql`SELECT 1 FROM resources WHERE id = ${id}`)
}

/** Whether another resource has this slug. */
export function slugTaken(slug: string, exceptId: string): Operation<boolean> {
  return exists(sql`SELECT 1 FROM resources WHERE slug = ${slug} AND id <> ${exceptId}`)
}

/** Deletes a resource. Violates a foreign key while anything refers to it. */
export function deleteResourceRow(id: string): Operation<number> {
  return change(sql`DELETE FROM resources WHERE id = ${id}`)
}

function keyOf(uri: string): string {
  return uri === '' ? '' : (canonicalResource(uri) ?? '')
}

/** Wire names inside (spec 07 §3.6), since operators query this column by hand. */
function policyText({ policy }: Resource): string {
  return jsonText({
    exchange: { allowed_client_ids: policy.exchangeAllowedClientIds },
    runtime: { client_ids: policy.runtimeClientIds },
    connect: { allowed_return_urls: policy.connectAllowedReturnUrls },
  })
}

function tokenResourceOf(row: Row): TokenResource {
  return {
    id: text(row, 'id'),
    uri: text(row, 'uri'),
    scopeNames: scopeNamesOf(row),
  }
}

/** Names of the scopes in the column `scopes` of a resource. */
export function scopeNamesOf(row: Row): readonly string[] {
  return scopesOf(row).map((scope) => scope.name)
}

function resourceOf(row: Row): Resource {
  return {
    id: text(row, 'id'),
    slug: text(row, 'slug'),
    displayName: text(row, 'display_name'),
    uri: text(row, 'uri'),
    backendKind: member(row, 'backend_kind', backendKinds),
    brokerProviderId: textOrAbsent(row, 'broker_provider_id'),
    scopes: scopesOf(row),
    policy: policyOf(row),
    createdAtMs: instant(row, 'created_at'),
    updatedAtMs: instant(row, 'updated_at'),
  }
}

function scopesOf(row: Row): readonly ResourceScope[] {
  return list(row, 'scopes').map((entry) => {
    const scope = entry as Partial<ResourceScope> | null
    if (typeof scope?.name !== 'string') throw new UnreadableRow('a stored scope has no name')
    return {
      name: scope.name,
      description: scope.description ?? '',
      upstream: scope.upstream ?? '',
    }
  })
}

function policyOf(row: Row): ResourcePolicy {
  const stored = json(row, 'policy') as {
    readonly exchange?: { readonly allowed_client_ids?: readonly string[] }
    readonly runtime?: { readonly client_ids?: readonly string[] }
    readonly connect?: { readonly allowed_return_urls?: readonly string[] }
  } | null
  return {
    exchangeAllowedClientIds: stored?.exchange?.allowed_client_ids ?? [],
    runtimeClientIds: stored?.runtime?.client_ids ?? [],
    connectAllowedReturnUrls: stored?.connect?.allowed_return_urls ?? [],
  }
}
