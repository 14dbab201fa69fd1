// Databases for storage.bench.ts: clients, resources and issuances of a chosen number, written
// through the actor itself with the disk's part switched off, so that pages are filled as in
// production.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { GroupMessage } from '../../actors/runtime/define-actor.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { type StorageState, storageActor } from '../../actors/storage/storage-actor.ts'
import { assert } from '../../src/base/assert.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { silentLog } from '../../src/base/telemetry.ts'

export interface Size {
  readonly clients: number
  readonly resources: number
  readonly issuances: number
}

export interface Fixture {
  readonly path: string
  readonly state: StorageState
  readonly clientIds: readonly string[]
  readonly resources: readonly { readonly id: string; readonly uri: string }[]
  /** 64 tokens of clients and resources drawn evenly. */
  nextGroup(): readonly Message[]
  /** Ends the checkpointer and removes the files; CPU of the checkpointer in microseconds. */
  close(): Promise<number>
}

export type Message = GroupMessage<StorageProtocol>
type Issue = StorageProtocol['commitMachineIssuance']['request']
export const groupSize = 64

const random = systemRandom()
const context = { name: 'storage', clock: systemClock, log: silentLog, notify: () => undefined }

export async function openFixture(size: Size): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'storage-bench-'))
  const path = join(directory, 'bench.db')
  const slice = { path, wal: true, commitRowsMax: groupSize, mayMigrate: true }
  const state = await storageActor.start(slice, context)
  const clientIds = Array.from({ length: size.clients }, () => random.opaqueId())
  const resourceIds = Array.from({ length: size.resources }, () => random.opaqueId())
  await inGroups(state, clientIds.map(clientMessage))
  await inGroups(state, resourceIds.map(resourceMessage))
  let nowMs = Date.now() - size.issuances
  const token = () => issueMessage(pick(clientIds), pick(resourceIds), nowMs++)
  for (let written = 0; written < size.issuances; written += 4096) {
    const count = Math.min(4096, size.issuances - written)
    await commitGroup(state, Array.from({ length: count }, token))
  }
  const checkpointer = new Worker(new URL('./checkpointer-thread.ts', import.meta.url), {
    workerData: { path, wal: true },
  })
  await new Promise((resolve) => checkpointer.once('message', resolve))
  return {
    path,
    state,
    clientIds,
    resources: resourceIds.map((id) => ({ id, uri: uriOf(id) })),
    nextGroup: () => Array.from({ length: groupSize }, token),
    close: async () => {
      checkpointer.postMessage('stop')
      const cpu = await new Promise<NodeJS.CpuUsage>((resolve) =>
        checkpointer.once('message', resolve),
      )
      await checkpointer.terminate()
      await storageActor.stop(state)
      rmSync(directory, { recursive: true })
      return cpu.user + cpu.system
    },
  }
}

/** What the actor does for the reads of a group. */
export function readGroup(state: StorageState, group: readonly Message[]): void {
  const handler = storageActor.handlers.readTokenContext
  assert('batch' in handler, 'reads of token requests are answered together')
  const requests = group.map((message) => {
    const { clientId, resourceId } = (message.request as Issue).token
    assert(resourceId !== null, 'every token of this fixture is bound to a resource')
    return { clientId, resource: uriOf(resourceId) }
  })
  handler.batch(state, requests)
}

/** One group commit. */
export async function commitGroup(state: StorageState, group: readonly Message[]): Promise<void> {
  const answers = await storageActor.groups?.['commit']?.run(state, group)
  assert(answers?.length === group.length, 'every message is answered')
  assert(
    answers.every((answer) => 'ok' in answer && answer.ok),
    'every unit is committed',
  )
}

async function inGroups(state: StorageState, messages: readonly Message[]): Promise<void> {
  for (let from = 0; from < messages.length; from += 1000) {
    await commitGroup(state, messages.slice(from, from + 1000))
  }
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}

function uriOf(resourceId: string): string {
  return `https://${resourceId.toLowerCase()}.api.example.com/mcp`
}

function auditOf(action: 'client.created_admin' | 'resource.created') {
  return {
    id: random.uuidV7(0),
    action,
    actorId: 'admin',
    clientId: '',
    ip: '',
    detail: '',
    traceId: '',
    createdAtMs: 0,
  }
}

function issueMessage(clientId: string, resourceId: string, nowMs: number): Message {
  const token = {
    jti: random.uuidV7(nowMs),
    clientId,
    resourceId,
    scopes: ['tools:read', 'tools:call'],
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 900_000,
    isAgent: false,
    dpopJkt: null,
  }
  const caller = { ip: '192.168.100.100', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' }
  return { kind: 'commitMachineIssuance', request: { token, proof: null, caller, nowMs } }
}

function clientMessage(id: string): Message {
  const client = {
    id,
    secretHash: `hmac-sha256:${'x'.repeat(43)}`,
    name: 'Benchmark client',
    redirectUris: [],
    grantTypes: ['client_credentials' as const],
    responseTypes: [],
    tokenEndpointAuthMethod: 'client_secret_basic' as const,
    status: 'active' as const,
    registrationSource: 'admin' as const,
    cimdUrl: '',
    scope: 'tools:read tools:call',
    isAgent: false,
    agentDescription: '',
    applicationType: null,
    dpopBoundAccessTokens: false,
    version: 1,
    issuedAtMs: 0,
    updatedAtMs: 0,
  }
  const audit = auditOf('client.created_admin')
  return { kind: 'createClient', request: { client, audit } }
}

function resourceMessage(id: string): Message {
  const resource = {
    id,
    slug: id,
    displayName: 'Benchmark resource',
    uri: uriOf(id),
    backendKind: 'mint' as const,
    brokerProviderId: null,
    scopes: ['tools:read', 'tools:call'].map((name) => ({ name, description: '', upstream: '' })),
    policy: { exchangeAllowedClientIds: [], runtimeClientIds: [], connectAllowedReturnUrls: [] },
    createdAtMs: 0,
    updatedAtMs: 0,
  }
  const audit = auditOf('resource.created')
  return { kind: 'createResource', request: { resource, audit } }
}
