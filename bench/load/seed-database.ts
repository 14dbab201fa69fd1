// Makes the database of a benchmark before its server starts: clients and resources through the
// storage actor's own units, in this thread.
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import { inlineTransport } from '../../actors/runtime/inline-transport.ts'
import { createSupervisor } from '../../actors/runtime/supervisor.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import type { Client } from '../../src/records/client.ts'
import type { Resource } from '../../src/records/resource.ts'
import { type Population, scopeNames } from './population.ts'

type Storage = ConnectedRef<StorageProtocol>

const mailboxMax = 1024
const random = systemRandom()
const nowMs = systemClock.nowMs()

/** Creates the database at `path` with the clients and resources of `population`. */
export async function seedDatabase(path: string, population: Population): Promise<void> {
  const storage: Storage = new ConnectedRef({
    name: 'storage',
    capacity: mailboxMax,
    clock: systemClock,
  })
  const supervisor = createSupervisor({ clock: systemClock, log: silentLog, giveUp: fail })
  await supervisor.start([
    {
      name: 'storage',
      instance: 0,
      ref: storage,
      open: inlineTransport(storageActor, {
        deps: { path, wal: true, commitRowsMax: 64, mayMigrate: true },
        clock: systemClock,
        carry: (frame) => frame,
      }),
      restart: 'never',
      intensity: { restartsMax: 0, periodMs: 1 },
      startMsMax: 10_000,
      stopMsMax: 10_000,
      hangMs: 60_000,
      onNotice: () => undefined,
      onRestarted: () => undefined,
    },
  ])
  await inTurns(population.clients, (client) => createClient(storage, client))
  await inTurns(population.resources, (resource) => createResource(storage, resource))
  await supervisor.stop()
}

async function inTurns<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<{ readonly ok: boolean }>,
): Promise<void> {
  for (let from = 0; from < items.length; from += mailboxMax) {
    const outcomes = await Promise.all(items.slice(from, from + mailboxMax).map(work))
    if (!outcomes.every((outcome) => outcome.ok)) throw new Error('a record was refused')
  }
}

function createClient(storage: Storage, credentials: Population['clients'][number]) {
  const { id, secret } = credentials
  const client: Client = {
    id,
    secretHash: hashClientSecret(secret, null),
    name: `client ${id}`,
    redirectUris: [],
    grantTypes: ['client_credentials'],
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
  const audit = auditOf('client.created_admin', id)
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
  const audit = auditOf('resource.created', '')
  return storage.ask('createResource', { resource, audit }, patience())
}

function auditOf(action: AuditEvent['action'], clientId: string): AuditEvent {
  const id = random.uuidV7(nowMs)
  const detail = 'benchmark'
  return { id, action, actorId: 'cli', clientId, ip: '', detail, traceId: '', createdAtMs: nowMs }
}

function patience() {
  return { deadlineMs: systemClock.monotonicMs() + 60_000, trace: null }
}

function fail(child: string): never {
  throw new Error(`${child} crashed while the database was made`)
}
