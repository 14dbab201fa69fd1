// Clients and resources for tests, written through the storage actor as the server itself does.
import { instantText } from '../../actors/storage/dialect.ts'
import { systemRandom } from '../../src/base/random.ts'
import { adminEvent } from '../../src/flows/audit.ts'
import { askOptions, type Services } from '../../src/flows/services.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'
import type { Client } from '../../src/records/client.ts'
import type { Resource, ResourceScope } from '../../src/records/resource.ts'
import type { InlineServices } from './inline-services.ts'

const operator = { actorId: 'admin', trace: null }

/** The secret of a seeded client, unless a test chose another. */
export const secretOf = (clientId: string): string => `secret-of-${clientId}`

/** Stores a confidential machine client with `change` applied. */
export async function seedClient(
  services: Services,
  id: string,
  change: Partial<Client>,
): Promise<void> {
  const nowMs = services.clock.nowMs()
  const client: Client = {
    id,
    secretHash: hashClientSecret(secretOf(id), services.settings.clientSecretPepper),
    name: `Client ${id}`,
    redirectUris: [],
    grantTypes: ['client_credentials'],
    responseTypes: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    status: 'active',
    registrationSource: 'admin',
    cimdUrl: '',
    scope: 'tools/echo',
    isAgent: false,
    agentDescription: '',
    applicationType: null,
    dpopBoundAccessTokens: false,
    version: 1,
    issuedAtMs: nowMs,
    updatedAtMs: nowMs,
    ...change,
  }
  const action = 'client.created_admin'
  const audit = adminEvent(services, operator, { action, clientId: id, detail: '' })
  const options = askOptions(services, null)
  const outcome = await services.storage.ask('createClient', { client, audit }, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}

/** Scopes of a catalog, without descriptions. */
export function scopesOf(...names: readonly string[]): readonly ResourceScope[] {
  return names.map((name) => ({ name, description: '', upstream: '' }))
}

/** Stores a mint resource with `change` applied; its id is its slug. */
export async function seedResource(
  services: Services,
  slug: string,
  change: Partial<Resource>,
): Promise<void> {
  const nowMs = services.clock.nowMs()
  const resource: Resource = {
    id: slug,
    slug,
    displayName: `Resource ${slug}`,
    uri: `https://${slug}.test/mcp`,
    backendKind: 'mint',
    brokerProviderId: null,
    scopes: scopesOf('tools/echo'),
    policy: { exchangeAllowedClientIds: [], runtimeClientIds: [], connectAllowedReturnUrls: [] },
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...change,
  }
  const action = 'resource.created'
  const audit = adminEvent(services, operator, { action, clientId: '', detail: `slug=${slug}` })
  const options = askOptions(services, null)
  const outcome = await services.storage.ask('createResource', { resource, audit }, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}

/** Deletes a resource as an administrator would. */
export async function deleteResource(services: Services, id: string): Promise<void> {
  const audit = adminEvent(services, operator, {
    action: 'resource.deleted',
    clientId: '',
    detail: `slug=${id}`,
  })
  const options = askOptions(services, null)
  const outcome = await services.storage.ask('deleteResource', { id, links: [], audit }, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}

/** Deletes a client, with all that hangs on it. */
export async function deleteClient(services: Services, id: string): Promise<void> {
  const action = 'client.deleted'
  const audit = adminEvent(services, operator, { action, clientId: id, detail: '' })
  const nowMs = services.clock.nowMs()
  const options = askOptions(services, null)
  const deadBelow = { issuances: 0, unbound: 0 }
  const request = { id, force: true, deadBelow, nowMs, audit }
  const outcome = await services.storage.ask('deleteClient', request, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}

/** Issues a machine token now, for `lifeMs`, and returns its id. */
export async function seedToken(
  services: Services,
  given: {
    readonly clientId: string
    readonly resourceId: string | null
    readonly lifeMs: number
  },
): Promise<string> {
  const { clientId, resourceId, lifeMs } = given
  const nowMs = services.clock.nowMs()
  const token = {
    // A source of its own: one in use never goes back to an earlier instant.
    jti: systemRandom().uuidV7(nowMs),
    clientId,
    resourceId,
    scopes: ['tools/echo'],
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + lifeMs,
    isAgent: false,
    dpopJkt: null,
  }
  const caller = { ip: '', traceId: null }
  const options = askOptions(services, null)
  const request = { token, proof: null, caller, nowMs }
  const outcome = await services.storage.ask('commitMachineIssuance', request, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
  return token.jti
}

/** Stores a provider, which no use case makes yet. */
export function seedProvider(
  { execute }: Pick<InlineServices, 'execute'>,
  { id, slug }: { readonly id: string; readonly slug: string },
): void {
  execute(`
    INSERT INTO broker_providers (id, slug, display_name, protocol, created_at, updated_at)
    VALUES ('${id}', '${slug}', 'Provider', 'oauth', '${instantText(0)}', '${instantText(0)}')`)
}

/** Stores a fronting link, which no use case makes yet. */
export function seedLink(
  { execute }: Pick<InlineServices, 'execute'>,
  { source, target }: { readonly source: string; readonly target: string },
): void {
  execute(`
    INSERT INTO fronting_links (source_slug, target_slug, scope_map, created_at, created_by)
    VALUES ('${source}', '${target}', '{"read":["write"]}', '${instantText(0)}', 'admin')`)
}
