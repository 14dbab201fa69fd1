// Messages of the storage actor: reads and units of work, named by what the sender wants to know or
// to become true. A unit is atomic: all of its rows are durable when it is answered, or none is.

import type { AuditEvent } from '../../src/records/audit-event.ts'
import type {
  Client,
  ClientStatus,
  RegistrationSource,
  TokenClient,
} from '../../src/records/client.ts'
import type { FrontingLink } from '../../src/records/fronting-link.ts'
import type { Issuance } from '../../src/records/issuance.ts'
import type { MachineToken } from '../../src/records/machine-token.ts'
import type { ProofClaim } from '../../src/records/proof-claim.ts'
import type {
  BackendKind,
  Resource,
  ResourcePolicy,
  TokenResource,
} from '../../src/records/resource.ts'
import type { RuntimeSettingKey } from '../../src/records/runtime-setting.ts'
import type { Ask } from '../runtime/protocol.ts'
import type { GrantReads, GrantUnits } from './grant-protocol.ts'
import type { TokenReads } from './token-protocol.ts'
import type { UserReads, UserUnits } from './user-protocol.ts'

type Nothing = Record<string, never>

/**
 * Where an audit search stands: a place in each of the orders that it reads, null = read to its
 * end. Means something to storage only.
 */
export type AuditCursor = readonly (string | number | null)[]

/** Which audit rows, and how many of them. */
export interface AuditQuery {
  /** Any text: what no row holds finds nothing. */
  readonly action: string | null
  readonly actorId: string | null
  readonly clientId: string | null
  readonly traceId: string | null
  readonly sinceMs: number
  /** Exclusive; null = up to now. */
  readonly untilMs: number | null
  /** Where an earlier answer to the same query ended; null = begin. */
  readonly cursor: AuditCursor | null
  /** How many matching rows are passed over first. */
  readonly skip: number
  readonly limit: number
}

/** Where a count of machine tokens, or a survey of those of a client, stands. */
export interface MachineTokenCursor {
  readonly table: 'issuances' | 'unbound'
  /** The next row is below this place. */
  readonly below: number
}

/** A fronting link that goes with its resource, and the row that tells it. */
export interface LinkDeletion {
  readonly sourceSlug: string
  readonly targetSlug: string
  readonly audit: AuditEvent
}

/** Members of a client that an administrator may change; absent = unchanged. */
export type ClientChange = Partial<
  Pick<
    Client,
    | 'name'
    | 'redirectUris'
    | 'grantTypes'
    | 'scope'
    | 'applicationType'
    | 'dpopBoundAccessTokens'
    | 'secretHash'
  >
>

/** Members of a resource that an administrator may change; absent = unchanged. */
export type ResourceChange = Partial<
  Pick<Resource, 'slug' | 'uri' | 'backendKind' | 'brokerProviderId' | 'displayName' | 'scopes'>
> & {
  /** Lists that are absent stay as they are stored. */
  readonly policy?: Partial<ResourcePolicy>
}

export type StorageReads = GrantReads &
  TokenReads &
  UserReads & {
    /** Answers when the database does. */
    readonly ping: Ask<Nothing, Nothing>
    /**
     * Client and resource of a token request. `resources` holds the rows whose URI is `resource`
     * byte for byte or, if there is none, in canonical form (B28): none, the one, or two when
     * ambiguous.
     */
    readonly readTokenContext: Ask<
      { readonly clientId: string; readonly resource: string | null },
      { readonly client: TokenClient | null; readonly resources: readonly TokenResource[] }
    >
    /** Names of all scopes of all resources, each once, in order of first appearance. */
    readonly listScopeNames: Ask<Nothing, { readonly names: readonly string[] }>
    /**
     * The first lookup that finds anything wins: URI equal to one of `uris`, then slug, then path
     * of the URI on whatever host (spec 01 §3.3). At most two rows, so that the asker sees
     * ambiguity.
     */
    readonly findProtectedResource: Ask<
      {
        readonly uris: readonly string[]
        readonly slug: string | null
        readonly path: string | null
      },
      { readonly resources: readonly Resource[] }
    >

    readonly readClient: Ask<{ readonly id: string }, { readonly client: Client | null }>
    readonly listClients: Ask<
      {
        readonly status: ClientStatus | null
        readonly source: RegistrationSource | null
        readonly limit: number
        readonly offset: number
      },
      { readonly clients: readonly Client[] }
    >
    /** What gauges show: rows that are active now. */
    readonly countActive: Ask<Nothing, { readonly clients: number; readonly tokenFamilies: number }>
    /** Numbers of the overview but for machine tokens; families are those born since `sinceMs`. */
    readonly readStatistics: Ask<
      { readonly sinceMs: number },
      {
        readonly clients: number
        readonly users: number
        readonly activeFamilies: number
        readonly revokedFamilies: number
        readonly connections: number
      }
    >
    /**
     * Counts machine tokens born since `sinceMs`: the live ones and the revoked ones. Looks at a
     * bounded number of rows and says where to go on; `next` null = done.
     */
    readonly countMachineTokens: Ask<
      {
        readonly sinceMs: number
        readonly nowMs: number
        readonly cursor: MachineTokenCursor | null
      },
      { readonly live: number; readonly revoked: number; readonly next: MachineTokenCursor | null }
    >
    /**
     * Looks for live ones among the machine tokens of a client, newest first, a bounded number at a
     * time. Places are those of `deleteClient`.
     */
    readonly surveyMachineTokens: Ask<
      {
        readonly clientId: string
        readonly nowMs: number
        readonly cursor: MachineTokenCursor | null
      },
      {
        readonly table: MachineTokenCursor['table']
        /** Place of the newest token of this answer, 0 = none. */
        readonly newest: number
        /** Place of the oldest live one of this answer. */
        readonly oldestLive: number | null
        readonly next: MachineTokenCursor | null
      }
    >
    /** A runtime setting, or null when nobody has changed it. */
    readonly readSetting: Ask<
      { readonly key: RuntimeSettingKey },
      { readonly value: string | null }
    >
    /**
     * Audit rows, newest first. Filters that are not null must all match. A window holds rows with
     * `sinceMs` <= time < `untilMs`. Looks at a bounded number of rows, so that a page may be
     * short, or empty, long before the end: `next` says where to go on, null = nothing more.
     */
    readonly listAuditEvents: Ask<
      AuditQuery,
      {
        readonly events: readonly AuditEvent[]
        /** How many of the rows to `skip` were passed over. */
        readonly skipped: number
        readonly next: AuditCursor | null
      }
    >
    readonly readResource: Ask<
      { readonly by: 'id' | 'slug'; readonly value: string },
      { readonly resource: Resource | null }
    >
    readonly listResources: Ask<
      {
        readonly backendKind: BackendKind | null
        readonly brokerProviderId: string | null
        readonly limit: number
        readonly offset: number
      },
      { readonly resources: readonly Resource[] }
    >
    /** Id of the broker provider that has a slug, or null. */
    readonly readProviderId: Ask<{ readonly slug: string }, { readonly id: string | null }>
    /** Links that lead from or to the resource of a slug. */
    readonly listFrontingLinks: Ask<
      { readonly slug: string },
      { readonly links: readonly FrontingLink[] }
    >
    readonly readIssuance: Ask<{ readonly id: string }, { readonly issuance: Issuance | null }>
    /** Newest first. All given filters must match; with `jti` neither time nor limit counts. */
    readonly listIssuances: Ask<
      {
        readonly userId: string | null
        readonly clientId: string | null
        readonly resourceId: string | null
        readonly jti: string | null
        readonly sinceMs: number
        readonly limit: number
      },
      { readonly issuances: readonly Issuance[] }
    >
  }

export type StorageUnits = GrantUnits &
  UserUnits & {
    /**
     * One machine token becomes known: its issuance (bound to a resource) or machine-token row, the
     * claim of its proof, and the audit row, all or none.
     */
    readonly commitMachineIssuance: Ask<
      {
        readonly token: MachineToken
        readonly proof: ProofClaim | null
        /** Address and trace of the request, for the audit row. */
        readonly caller: { readonly ip: string; readonly traceId: string | null }
        readonly nowMs: number
      },
      Nothing,
      'resource-gone' | 'client-gone' | 'proof-replayed'
    >
    /** An audit row on its own: a refusal, or something that happened outside the database. */
    readonly recordAudit: Ask<{ readonly audit: AuditEvent }, Nothing>

    readonly createClient: Ask<
      { readonly client: Client; readonly audit: AuditEvent },
      Nothing,
      'client-exists'
    >
    /** Optimistic: applies to the version that the sender has read, and counts it up. */
    readonly changeClient: Ask<
      {
        readonly id: string
        readonly version: number
        readonly change: ClientChange
        readonly nowMs: number
        readonly audit: AuditEvent
      },
      { readonly client: Client },
      'unknown-client' | 'version-conflict'
    >
    readonly changeClientStatus: Ask<
      {
        readonly id: string
        readonly from: readonly ClientStatus[]
        readonly to: ClientStatus
        readonly nowMs: number
        readonly audit: AuditEvent
      },
      Nothing,
      'unknown-client' | 'wrong-status'
    >
    /**
     * Without `force` refused while live families or machine tokens of the client exist. Machine
     * tokens below `deadBelow` are not looked at: a survey has found them dead, and dead they stay.
     */
    readonly deleteClient: Ask<
      {
        readonly id: string
        readonly force: boolean
        readonly deadBelow: { readonly issuances: number; readonly unbound: number }
        readonly nowMs: number
        readonly audit: AuditEvent
      },
      Nothing,
      'unknown-client' | 'client-in-use'
    >

    /**
     * Takes the next machine tokens of a client that is being deleted out of use, a bounded number
     * of them: those that would go with it are removed, of the others the live ones are revoked.
     * For clients with so many that their deletion would be too long for one unit. Places are those
     * of `deleteClient`; `next` says where to go on, null = nothing more.
     */
    readonly retireMachineTokens: Ask<
      {
        readonly clientId: string
        readonly table: MachineTokenCursor['table']
        readonly from: number
        /** Exclusive. */
        readonly below: number
        readonly nowMs: number
      },
      { readonly next: number | null }
    >

    /** `unknown-client`: a client id of the policy does not exist. */
    readonly createResource: Ask<
      { readonly resource: Resource; readonly audit: AuditEvent },
      Nothing,
      'slug-taken' | 'unknown-client' | 'unknown-provider'
    >
    readonly changeResource: Ask<
      {
        readonly id: string
        readonly change: ResourceChange
        readonly nowMs: number
        readonly audit: AuditEvent
      },
      { readonly resource: Resource },
      'unknown-resource' | 'slug-taken' | 'unknown-client' | 'unknown-provider' | 'resource-fronted'
    >
    /**
     * Adds one entry to a list of a resource's policy, or removes it. Edits of one list do not undo
     * each other; one that changes nothing writes nothing. `unknown-client`: an added client id
     * does not exist.
     */
    readonly editPolicyList: Ask<
      {
        readonly resourceId: string
        readonly list: keyof ResourcePolicy
        readonly edit: 'add' | 'remove'
        readonly entry: string
        readonly nowMs: number
        readonly audit: AuditEvent
      },
      { readonly entries: readonly string[]; readonly isChanged: boolean },
      'unknown-resource' | 'unknown-client'
    >
    /**
     * Refused while issuances or consents refer to it, or fronting links other than those of
     * `links`, which go with it and whose rows are written beside its own.
     */
    readonly deleteResource: Ask<
      {
        readonly id: string
        readonly links: readonly LinkDeletion[]
        readonly audit: AuditEvent
      },
      Nothing,
      'unknown-resource' | 'resource-in-use' | 'resource-fronted'
    >
    /** Marks an issuance as revoked; `revoked` is false when there is nothing to write. */
    readonly revokeIssuance: Ask<
      { readonly id: string; readonly nowMs: number; readonly audit: AuditEvent },
      { readonly revoked: boolean }
    >
    /** Stores a runtime setting. */
    readonly changeSetting: Ask<
      {
        readonly key: RuntimeSettingKey
        readonly value: string
        readonly nowMs: number
        readonly audit: AuditEvent
      },
      Nothing
    >
  }

export type StorageProtocol = StorageReads & StorageUnits

/** Everything the storage worker knows of the configuration. */
export interface StorageSlice {
  /** Path of the database file, or `:memory:`. */
  readonly path: string
  readonly wal: boolean
  readonly commitRowsMax: number
  /** False: refuse to start on a database that lacks migrations (B52). */
  readonly mayMigrate: boolean
}
