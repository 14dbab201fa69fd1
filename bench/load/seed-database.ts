// Makes the database of a benchmark before its server starts: clients and resources through the
// storage actor's own units, in this thread.
import { systemClock } from '../../src/base/clock.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'
import type { Client } from '../../src/records/client.ts'
import type { Resource } from '../../src/records/resource.ts'
import { type Population, scopeNames } from './population.ts'
import { inTurns, patience, type Storage, seedingAudit, withStorage } from './seeding-storage.ts'

const nowMs = systemClock.nowMs()

/** Creates the database at `path` with the clients and resources of `population`. */
export function seedDatabase(path: string, population: Population): Promise<void> {
  return withStorage(path, async (storage) => {
    await inTurns(population.clients, (client) => createClient(storage, client))
    await inTurns(population.resources, (resource) => createResource(storage, resource))
  })
}

function createClient(storage: Storage, credentials: Population['clients'][number]) {
  const { id, secret } = credentials
  const client: Client = {
    id,
    secretHash: hashClientSecret(secret, null),
    name: `client ${id}`,
    redirectUris: [],
    grantTypes: ['client_credentials', 'refresh_token'],
    responseTypes: [],
    tokenEndpointAuthMethod: 'client_secret_post',
    status: 'active',
    registrationSource: 'admin',
    cimdUrl: '',
    scope: scopeNames.join(' '),
    isAgent: false,
    agentDescription: '',
    applicationType: null,
    dpopBoundAccessTokens: false,
    version: 1,
    issuedAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const audit = seedingAudit('client.created_admin', id)
  return storage.ask('createClient', { client, audit }, patience())
}

function createResource(storage: Storage, { id, uri }: Population['resources'][number]) {
  const resource: Resource = {
    id,
    slug: new URL(uri).hostname.replaceAll('.', '-'),
    displayName: uri,
    uri,
    backendKind: 'mint',
    brokerProviderId: null,
    scopes: scopeNames.map((name) => ({ name, description: '', upstream: '' })),
    policy: { exchangeAllowedClientIds: [], runtimeClientIds: [], connectAllowedReturnUrls: [] },
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const audit = seedingAudit('resource.created', '')
  return storage.ask('createResource', { resource, audit }, patience())
}
