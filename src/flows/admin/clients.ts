// Administration of OAuth clients (spec 05 §4.1). Each change and its audit row are one unit of
// work.
import { assert, unreachable } from '../../base/assert.ts'
import { keyValue } from '../../base/key-value.ts'
import {
  type ClientMetadata,
  decideClient,
  type RequestedClient,
} from '../../oauth/client-registration.ts'
import { hashClientSecret } from '../../oauth/client-secret.ts'
import type { AuditAction } from '../../records/audit-event.ts'
import type { Client, ClientStatus, RegistrationSource } from '../../records/client.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError, acceptedOf } from './admin-error.ts'
import { retireTokens, surveyTokens } from './live-machine-tokens.ts'

export interface CreatedClient {
  readonly client: Client
  /** Shown once, here; null for a public client. */
  readonly secret: string | null
}

/** Registers a client. @throws AdminError, ActorError. */
export async function createClient(
  services: Services,
  operator: Operator,
  requested: RequestedClient,
): Promise<CreatedClient> {
  // An empty list stands for the default, as an absent one does.
  const grantTypes = requested.grantTypes?.length === 0 ? null : requested.grantTypes
  const metadata = decideMetadata(services, { ...requested, grantTypes })
  const nowMs = services.clock.nowMs()
  const secret = metadata.tokenEndpointAuthMethod === 'none' ? null : services.random.secret()
  const client: Client = {
    ...metadata,
    // Drawn here and never chosen by anybody, like a user's: no client can be a user (CC-07).
    id: services.random.opaqueId(),
    secretHash: hashOf(services, secret),
    status: 'active',
    registrationSource: 'admin',
    cimdUrl: '',
    version: 1,
    issuedAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const detail = keyValue('name', client.name)
  const audit = adminEvent(services, operator, {
    action: 'client.created_admin',
    clientId: client.id,
    detail,
  })
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('createClient', { client, audit }, options)
  assert(outcome.ok, 'an id that was just drawn is not taken')
  services.meters.clientRegistered('admin')
  return { client, secret }
}

export interface ClientPage {
  readonly status: ClientStatus | null
  readonly source: RegistrationSource | null
  readonly limit: number
  readonly offset: number
}

/** A page of clients, newest first. @throws ActorError */
export async function listClients(
  services: Services,
  operator: Operator,
  page: ClientPage,
): Promise<readonly Client[]> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('listClients', page, options)
  return outcome.reply.clients
}

/** One client. @throws AdminError `not_found`, ActorError. */
export async function readClient(
  services: Services,
  operator: Operator,
  id: string,
): Promise<Client> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('readClient', { id }, options)
  if (outcome.reply.client === null) throw unknownClient()
  return outcome.reply.client
}

/** What an administrator may change of a client; null = unchanged. */
export type RequestedClientChange = Pick<
  RequestedClient,
  'name' | 'redirectUris' | 'grantTypes' | 'scope' | 'applicationType' | 'dpopBoundAccessTokens'
>

/**
 * Changes a client; the client that results is checked as a whole. An empty change writes nothing.
 * @throws AdminError, ActorError.
 */
export async function changeClient(
  services: Services,
  operator: Operator,
  { id, change }: { readonly id: string; readonly change: RequestedClientChange },
): Promise<Client> {
  const client = await readClient(services, operator, id)
  if (Object.values(change).every((member) => member === null)) return client
  const { version } = client
  const changed = decideMetadata(services, {
    ...client,
    name: change.name ?? client.name,
    redirectUris: change.redirectUris ?? client.redirectUris,
    grantTypes: change.grantTypes ?? client.grantTypes,
    scope: change.scope ?? client.scope,
    applicationType: change.applicationType ?? client.applicationType,
    dpopBoundAccessTokens: change.dpopBoundAccessTokens ?? client.dpopBoundAccessTokens,
  })
  const { name, redirectUris, grantTypes, scope, applicationType, dpopBoundAccessTokens } = changed
  return applyChange(services, operator, {
    id,
    version,
    change: { name, redirectUris, grantTypes, scope, applicationType, dpopBoundAccessTokens },
    action: 'client.updated',
  })
}

/** Replaces the secret; the old one is worthless at once. @throws AdminError, ActorError. */
export async function rotateClientSecret(
  services: Services,
  operator: Operator,
  id: string,
): Promise<{ readonly client: Client; readonly secret: string }> {
  const { version, secretHash } = await readClient(services, operator, id)
  if (secretHash === '') throw new AdminError('invalid', 'a public client has no secret')
  const secret = services.random.secret()
  const client = await applyChange(services, operator, {
    id,
    version,
    change: { secretHash: hashOf(services, secret) },
    action: 'client.secret_rotated',
  })
  return { client, secret }
}

interface StatusMove {
  readonly from: readonly ClientStatus[]
  readonly to: ClientStatus
  readonly action: AuditAction
  readonly refusal: string
}

/** What an administrator may do to the status; `revoke` is terminal and revokes no token. */
export const clientStatusMoves = {
  suspend: {
    from: ['active'],
    to: 'suspended',
    action: 'client.suspended',
    refusal: 'only an active client can be suspended',
  },
  reactivate: {
    from: ['suspended'],
    to: 'active',
    action: 'client.reactivated',
    refusal: 'only a suspended client can be reactivated',
  },
  revoke: {
    from: ['active', 'suspended'],
    to: 'revoked',
    action: 'client.revoked',
    refusal: 'the client is revoked already',
  },
} as const satisfies Record<string, StatusMove>

/** Moves a client to another status and returns that. @throws AdminError, ActorError. */
export async function moveClientStatus(
  services: Services,
  operator: Operator,
  { id, move }: { readonly id: string; readonly move: keyof typeof clientStatusMoves },
): Promise<ClientStatus> {
  const { from, to, action, refusal } = clientStatusMoves[move]
  const outcome = await services.storage.ask(
    'changeClientStatus',
    {
      id,
      from,
      to,
      nowMs: services.clock.nowMs(),
      audit: adminEvent(services, operator, { action, clientId: id, detail: '' }),
    },
    askOptions(services, operator.trace),
  )
  if (outcome.ok) return to
  throw outcome.refusal === 'unknown-client' ? unknownClient() : new AdminError('conflict', refusal)
}

/**
 * Deletes a client; with `force` its live tokens are revoked first. @throws AdminError, ActorError.
 */
export async function deleteClient(
  services: Services,
  operator: Operator,
  { id, force }: { readonly id: string; readonly force: boolean },
): Promise<void> {
  const detail = keyValue('force', String(force))
  const nowMs = services.clock.nowMs()
  const survey = await surveyTokens(services, operator, { clientId: id, nowMs, every: force })
  const isRetired = survey.isLong && (force || !survey.hasLive)
  if (isRetired) {
    await readClient(services, operator, id)
    await retireTokens(services, operator, { clientId: id, nowMs, survey })
  }
  const outcome = await services.storage.ask(
    'deleteClient',
    {
      id,
      force,
      deadBelow: isRetired ? survey.above : survey.deadBelow,
      nowMs,
      audit: adminEvent(services, operator, { action: 'client.deleted', clientId: id, detail }),
    },
    askOptions(services, operator.trace),
  )
  if (outcome.ok) return
  if (outcome.refusal === 'unknown-client') throw unknownClient()
  throw new AdminError('conflict', 'the client has live tokens: delete it with force=true')
}

async function applyChange(
  services: Services,
  operator: Operator,
  given: {
    readonly id: string
    readonly version: number
    readonly change: Partial<Client>
    readonly action: AuditAction
  },
): Promise<Client> {
  const { id, version, change, action } = given
  const outcome = await services.storage.ask(
    'changeClient',
    {
      id,
      version,
      change,
      nowMs: services.clock.nowMs(),
      audit: adminEvent(services, operator, { action, clientId: id, detail: '' }),
    },
    askOptions(services, operator.trace),
  )
  if (outcome.ok) return outcome.reply.client
  switch (outcome.refusal) {
    case 'unknown-client':
      throw unknownClient()
    case 'version-conflict':
      throw new AdminError('conflict', 'the client was changed meanwhile: read it and try again')
    default:
      return unreachable(outcome.refusal)
  }
}

function decideMetadata(services: Services, requested: RequestedClient): ClientMetadata {
  const enabledGrants = services.settings.features.grantTypes
  return acceptedOf(decideClient(requested, { enabledGrants, allowsPrivateUseSchemes: true }))
}

function hashOf(services: Services, secret: string | null): string {
  return secret === null ? '' : hashClientSecret(secret, services.settings.clientSecretPepper)
}

function unknownClient(): AdminError {
  return new AdminError('not_found', 'there is no client with this id')
}
