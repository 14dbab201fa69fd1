// The client that an authorization request names (spec 01 §12, D2): a stored one, or the one whose
// metadata document lies at its id. A document is read again when its cache life is over; what was
// good last serves while its host is down.

import type { TraceContext } from '../../base/telemetry.ts'
import { isDocumentId } from '../../oauth/client-metadata-document.ts'
import type { ClientMetadata } from '../../oauth/client-registration.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { areApproved } from '../../oauth/registration.ts'
import type { DocumentFault } from '../../outbound/client-metadata.ts'
import type { Client } from '../../records/client.ts'
import { askOptions, type Services } from '../services.ts'
import { clientEvent } from './registration-audit.ts'
import { readRegistrationMode } from './registration-mode.ts'

/**
 * The client of this id in whatever status, or null: unknown, or its document is not to be had or
 * not acceptable. @throws OAuthError `temporarily_unavailable` when too many documents are being
 * fetched, ActorError.
 */
export async function resolveClient(
  services: Services,
  clientId: string,
  trace: TraceContext | null,
): Promise<Client | null> {
  const stored = await readStored(services, clientId, trace)
  const isDocument = stored === null ? isDocumentId(clientId) : stored.registrationSource === 'cimd'
  if (!isDocument || !services.settings.registration.documents.isEnabled) return stored
  // Nothing that its document says can bring back a client that an administrator has stopped.
  if (stored !== null && stored.status !== 'active') return stored
  const reading = await readMetadata(services, clientId, trace)
  if (!reading.ok) return withoutMetadata(stored, reading.fault)
  return stored === null
    ? registerDocument(services, { clientId, metadata: reading.metadata, trace })
    : refresh(services, { stored, metadata: reading.metadata, trace })
}

/** `forbidden`: the mode of registration does not allow this client to come by itself. */
type MetadataReading =
  | { readonly ok: true; readonly metadata: ClientMetadata }
  | { readonly ok: false; readonly fault: DocumentFault | 'forbidden' }

async function readMetadata(
  services: Services,
  clientId: string,
  trace: TraceContext | null,
): Promise<MetadataReading> {
  const mode = await readRegistrationMode(services, trace)
  if (mode === 'admin_only') return { ok: false, fault: 'forbidden' }
  const reading = await services.clientDocuments.read(clientId)
  if (!reading.ok || mode === 'open') return reading
  const { approvedRedirects } = services.settings.registration
  return areApproved(reading.metadata.redirectUris, approvedRedirects)
    ? reading
    : { ok: false, fault: 'forbidden' }
}

/** A stored client outlives everything but a document that speaks against it. */
function withoutMetadata(stored: Client | null, fault: DocumentFault | 'forbidden'): Client | null {
  if (stored !== null) return fault === 'invalid' ? null : stored
  if (fault !== 'overloaded') return null
  throw new OAuthError('temporarily_unavailable', 'too many client documents are being fetched')
}

async function registerDocument(
  services: Services,
  found: {
    readonly clientId: string
    readonly metadata: ClientMetadata
    readonly trace: TraceContext | null
  },
): Promise<Client | null> {
  const { clientId, metadata, trace } = found
  const nowMs = services.clock.nowMs()
  const client: Client = {
    ...metadata,
    id: clientId,
    secretHash: '',
    status: 'active',
    registrationSource: 'cimd',
    cimdUrl: clientId,
    version: 1,
    issuedAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const audit = clientEvent(services, clientId, {
    action: 'client.registered',
    ip: '',
    detail: 'source=cimd',
    trace,
  })
  const options = askOptions(services, trace)
  const outcome = await services.storage.ask('createClient', { client, audit }, options)
  // Another request was first.
  if (!outcome.ok) return readStored(services, clientId, trace)
  services.meters.clientRegistered('cimd')
  return client
}

/** Stores what the document says now, if that is something else; the ceiling stays as it is. */
async function refresh(
  services: Services,
  found: {
    readonly stored: Client
    readonly metadata: ClientMetadata
    readonly trace: TraceContext | null
  },
): Promise<Client | null> {
  const { stored, metadata, trace } = found
  const { name, redirectUris, grantTypes, applicationType, dpopBoundAccessTokens } = metadata
  const client: Client = {
    ...stored,
    name,
    redirectUris,
    grantTypes,
    applicationType,
    dpopBoundAccessTokens,
  }
  if (JSON.stringify(client) === JSON.stringify(stored)) return stored
  const nowMs = services.clock.nowMs()
  const audit = clientEvent(services, stored.id, {
    action: 'client.refreshed',
    ip: '',
    detail: '',
    trace,
  })
  const options = askOptions(services, trace)
  await services.storage.ask('refreshClientDocument', { client, nowMs, audit }, options)
  // As it is stored now; null when it was deleted meanwhile.
  return readStored(services, stored.id, trace)
}

async function readStored(
  services: Services,
  id: string,
  trace: TraceContext | null,
): Promise<Client | null> {
  const outcome = await services.storage.ask('readClient', { id }, askOptions(services, trace))
  return outcome.reply.client
}
