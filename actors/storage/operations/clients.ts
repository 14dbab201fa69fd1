// OAuth clients (spec 07 §3.1, 05 §4.1).
import {
  applicationTypes,
  type Client,
  type ClientStatus,
  clientAuthMethods,
  clientStatuses,
  type GrantType,
  grantTypes,
  registrationSources,
  type TokenClient,
} from '../../../src/records/client.ts'
import { flag, instantText, jsonText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  all,
  boolean,
  change,
  exists,
  instant,
  integer,
  list,
  member,
  memberOrAbsent,
  type Operation,
  one,
  type Row,
  sql,
  text,
  texts,
  UnreadableRow,
} from '../sql.ts'
import type { RequirementShape } from '../unit.ts'

type Request<Kind extends keyof StorageProtocol> = StorageProtocol[Kind]['request']

/** For rows that name a client without a foreign key: issuances outlive their client. */
export const clientRequired: RequirementShape = {
  table: 'clients',
  column: 'id',
  refusal: 'client-gone',
}

/** What the token endpoint needs of a client, or null. */
export function readTokenClient(id: string): Operation<TokenClient | null> {
  return one(
    sql`SELECT id, secret_hash, name, grant_types, status, scope, is_agent, dpop_bound_access_tokens
      FROM clients WHERE id = ${id}`,
    tokenClientOf,
  )
}

/** The whole record, or null. */
export function readClient(id: string): Operation<Client | null> {
  return one(sql`SELECT * FROM clients WHERE id = ${id}`, clientOf)
}

/** A page of the clients that match, newest first. */
export function listClients(page: Request<'listClients'>): Operation<readonly Client[]> {
  const { status, source, limit, offset } = page
  return all(
    sql`SELECT * FROM clients
      WHERE (${status} IS NULL OR status = ${status})
        AND (${source} IS NULL OR registration_source = ${source})
      ORDER BY issued_at DESC, id DESC LIMIT ${limit} OFFSET ${offset}`,
    clientOf,
  )
}

/** Inserts a client; false when the id is taken. */
export function* insertClient(client: Client): Operation<boolean> {
  const inserted = yield* change(sql`
    INSERT INTO clients (id, secret_hash, name, redirect_uris, grant_types, response_types,
      token_endpoint_auth_method, status, registration_source, cimd_url, scope, is_agent,
      agent_description, application_type, dpop_bound_access_tokens, version, issued_at, updated_at)
    VALUES (${client.id}, ${client.secretHash}, ${client.name}, ${jsonText(client.redirectUris)},
      ${jsonText(client.grantTypes)}, ${jsonText(client.responseTypes)},
      ${client.tokenEndpointAuthMethod}, ${client.status}, ${client.registrationSource},
      ${client.cimdUrl}, ${client.scope}, ${flag(client.isAgent)}, ${client.agentDescription},
      ${client.applicationType}, ${flag(client.dpopBoundAccessTokens)}, ${client.version},
      ${instantText(client.issuedAtMs)}, ${instantText(client.updatedAtMs)})
    ON CONFLICT (id) DO NOTHING`)
  return inserted === 1
}

/**
 * Writes the members that an administrator may change, if the stored version is still `version`.
 */
export function* updateClient(client: Client, version: number): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE clients SET name = ${client.name}, redirect_uris = ${jsonText(client.redirectUris)},
      grant_types = ${jsonText(client.grantTypes)}, scope = ${client.scope},
      application_type = ${client.applicationType}, secret_hash = ${client.secretHash},
      dpop_bound_access_tokens = ${flag(client.dpopBoundAccessTokens)},
      version = ${client.version}, updated_at = ${instantText(client.updatedAtMs)}
    WHERE id = ${client.id} AND version = ${version}`)
  return changed === 1
}

/** Writes what a metadata document says; false when no client came from a document of this id. */
export function* updateFromDocument(client: Client, nowMs: number): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE clients SET name = ${client.name}, redirect_uris = ${jsonText(client.redirectUris)},
      grant_types = ${jsonText(client.grantTypes)},
      response_types = ${jsonText(client.responseTypes)},
      token_endpoint_auth_method = ${client.tokenEndpointAuthMethod}, scope = ${client.scope},
      application_type = ${client.applicationType},
      dpop_bound_access_tokens = ${flag(client.dpopBoundAccessTokens)},
      version = version + 1, updated_at = ${instantText(nowMs)}
    WHERE id = ${client.id} AND registration_source = 'cimd'`)
  return changed === 1
}

/** Sets the status if it is one of `from` now. Counts as a change of the record. */
export function* updateClientStatus(move: {
  readonly id: string
  readonly from: readonly ClientStatus[]
  readonly to: ClientStatus
  readonly nowMs: number
}): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE clients
    SET status = ${move.to}, version = version + 1, updated_at = ${instantText(move.nowMs)}
    WHERE id = ${move.id} AND status IN (SELECT value FROM json_each(${jsonText(move.from)}))`)
  return changed === 1
}

/** Whether this client is active, or null when there is none. */
export function readClientStatus(id: string): Operation<ClientStatus | null> {
  return one(sql`SELECT status FROM clients WHERE id = ${id}`, (row) =>
    member(row, 'status', clientStatuses),
  )
}

/** Whether a client of this id exists. */
export function clientExists(id: string): Operation<boolean> {
  return exists(sql`SELECT 1 FROM clients WHERE id = ${id}`)
}

/** Whether any of these ids belongs to no client. */
export function anyClientUnknown(ids: readonly string[]): Operation<boolean> {
  return exists(sql`
    SELECT 1 FROM json_each(${jsonText(ids)}) AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM clients WHERE id = wanted.value) LIMIT 1`)
}

/** Deletes a client with its families, consents and unbound machine tokens. */
export function deleteClientRow(id: string): Operation<number> {
  return change(sql`DELETE FROM clients WHERE id = ${id}`)
}

/** What the token endpoint needs of a client. */
export function tokenClientOf(row: Row): TokenClient {
  return {
    id: text(row, 'id'),
    secretHash: text(row, 'secret_hash'),
    name: text(row, 'name'),
    grantTypes: grantTypesOf(row),
    status: member(row, 'status', clientStatuses),
    scope: text(row, 'scope'),
    isAgent: boolean(row, 'is_agent'),
    dpopBoundAccessTokens: boolean(row, 'dpop_bound_access_tokens'),
  }
}

function clientOf(row: Row): Client {
  return {
    ...tokenClientOf(row),
    redirectUris: texts(row, 'redirect_uris'),
    responseTypes: texts(row, 'response_types'),
    tokenEndpointAuthMethod: member(row, 'token_endpoint_auth_method', clientAuthMethods),
    registrationSource: member(row, 'registration_source', registrationSources),
    cimdUrl: text(row, 'cimd_url'),
    agentDescription: text(row, 'agent_description'),
    applicationType: memberOrAbsent(row, 'application_type', applicationTypes),
    version: integer(row, 'version'),
    issuedAtMs: instant(row, 'issued_at'),
    updatedAtMs: instant(row, 'updated_at'),
  }
}

function grantTypesOf(row: Row): readonly GrantType[] {
  const known: readonly unknown[] = grantTypes
  const stored = list(row, 'grant_types')
  if (stored.every((type): type is GrantType => known.includes(type))) return stored
  throw new UnreadableRow('stored value of column grant_types is unreadable')
}
