// Clients and resources for tests, written through the storage actor as the server itself does.
import { adminEvent } from '../../src/flows/audit.ts'
import { askOptions, type Services } from '../../src/flows/services.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'
import type { Client } from '../../src/records/client.ts'
import type { Resource, ResourceScope } from '../../src/records/resource.ts'

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
  const outcome = await services.storage.ask('deleteResource', { id, audit }, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}

/** Deletes a client, with all that hangs on it. */
export async function deleteClient(services: Services, id: string): Promise<void> {
  const action = 'client.deleted'
  const audit = adminEvent(services, operator, { action, clientId: id, detail: '' })
  const nowMs = services.clock.nowMs()
  const options = askOptions(services, null)
  const request = { id, force: true, nowMs, audit }
  const outcome = await services.storage.ask('deleteClient', request, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
}
