// Valid records for storage tests; each test overrides what it is about.
import { systemRandom } from '../../src/base/random.ts'
import type { AuditAction, AuditEvent } from '../../src/records/audit-event.ts'
import type { Client } from '../../src/records/client.ts'
import type { Issuance, UnboundMachineToken } from '../../src/records/issuance.ts'
import type { MachineToken } from '../../src/records/machine-token.ts'
import type { Resource } from '../../src/records/resource.ts'
import type { Storage } from './harness.ts'

const random = systemRandom()
/** 2026-03-01T12:00:00Z. */
export const nowMs = Date.UTC(2026, 2, 1, 12)

export function auditEvent(action: AuditAction, over: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: random.uuidV7(nowMs),
    action,
    actorId: 'admin',
    clientId: '',
    ip: '',
    detail: 'name=test',
    traceId: '',
    createdAtMs: nowMs,
    ...over,
  }
}

export function client(over: Partial<Client> = {}): Client {
  return {
    id: random.opaqueId(),
    secretHash: 'hash',
    name: 'Test client',
    redirectUris: ['https://client.example/callback'],
    grantTypes: ['client_credentials', 'refresh_token'],
    responseTypes: ['code'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    status: 'active',
    registrationSource: 'admin',
    cimdUrl: '',
    scope: 'read write',
    isAgent: true,
    agentDescription: 'an agent',
    applicationType: null,
    dpopBoundAccessTokens: true,
    version: 1,
    issuedAtMs: nowMs,
    updatedAtMs: nowMs + 1,
    ...over,
  }
}

export function resource(over: Partial<Resource> = {}): Resource {
  const id = random.opaqueId()
  return {
    id,
    slug: id.toLowerCase(),
    displayName: 'Test resource',
    uri: `https://${id.toLowerCase()}.example/mcp`,
    backendKind: 'mint',
    brokerProviderId: null,
    scopes: [
      { name: 'read', description: 'Read', upstream: '' },
      { name: 'write', description: '', upstream: '' },
    ],
    policy: { exchangeAllowedClientIds: [], runtimeClientIds: [], connectAllowedReturnUrls: [] },
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...over,
  }
}

export function issuance(over: Partial<Issuance> = {}): Issuance {
  const issuedAtMs = over.issuedAtMs ?? nowMs
  return {
    id: random.uuidV7(issuedAtMs),
    subjectUserId: over.clientId ?? 'client',
    clientId: 'client',
    resourceId: 'resource',
    scopes: ['read', 'write'],
    backendKind: 'mint',
    isMachine: true,
    revocable: true,
    issuedAtMs,
    expiresAtMs: issuedAtMs + 900_000,
    revokedAtMs: null,
    dpopJkt: null,
    agentId: null,
    agentChain: [],
    consentClientId: null,
    parentJti: null,
    ...over,
  }
}

export function unboundToken(over: Partial<UnboundMachineToken> = {}): UnboundMachineToken {
  return {
    jti: random.uuidV7(nowMs),
    clientId: 'client',
    scopes: 'read write',
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 900_000,
    ...over,
  }
}

/** The request that commits a token bound to a resource; only what a machine token has counts. */
export function boundIssue(token: Issuance) {
  return issueRequest({ ...token, jti: token.id, isAgent: token.agentId !== null })
}

export function unboundIssue(token: UnboundMachineToken) {
  const scopes = token.scopes.split(' ')
  return issueRequest({ ...token, scopes, resourceId: null, isAgent: false, dpopJkt: null })
}

function issueRequest({
  jti,
  clientId,
  resourceId,
  scopes,
  issuedAtMs,
  expiresAtMs,
  isAgent,
  dpopJkt,
}: MachineToken) {
  const token = {
    jti,
    clientId,
    resourceId,
    scopes,
    issuedAtMs,
    expiresAtMs,
    isAgent,
    dpopJkt,
  }
  return { token, proof: null, caller: { ip: '', traceId: null }, nowMs }
}

/** Stores a fronting link, which no message of the protocol can make yet. */
export function link(storage: Storage, source: string, target: string): void {
  storage.state.driver.commit([
    {
      kind: 'rows',
      required: [],
      sets: [
        {
          shape: {
            table: 'fronting_links',
            columns: ['source_slug', 'target_slug', 'scope_map', 'created_at', 'created_by'],
            foreignKey: null,
            conflict: null,
          },
          rows: [[source, target, '{"read":["write"]}', '2026-03-01T12:00:00.000000000Z', 'admin']],
        },
      ],
    },
  ])
}
