// The catalogue of metrics (spec 08 §1): names, types, labels. Labels take their values from closed
// sets, never ids and nothing secret (LK-03).

type MetricType = 'counter' | 'gauge' | 'histogram'

export interface MetricDefinition {
  readonly name: string
  readonly type: MetricType
  readonly help: string
  readonly labels: readonly string[]
}

const counter = (name: string, labels: readonly string[], help: string): MetricDefinition => ({
  name,
  type: 'counter',
  help,
  labels,
})
const gauge = (name: string, labels: readonly string[], help: string): MetricDefinition => ({
  name,
  type: 'gauge',
  help,
  labels,
})
const histogram = (name: string, labels: readonly string[], help: string): MetricDefinition => ({
  name,
  type: 'histogram',
  help,
  labels,
})

const http = ['http_method', 'http_route', 'http_status_code']
/** Not `instance`: that label is the scraper's own name for this server. */
const actor = ['actor', 'actor_instance']

export const metrics = {
  tokensIssued: counter('authserver_tokens_issued_total', ['grant_type'], 'Access tokens issued.'),
  tokenIssuanceSeconds: histogram(
    'authserver_token_issuance_duration_seconds',
    ['grant_type'],
    'Time to issue an access token.',
  ),
  clientCredentialsIssued: counter(
    'authplane_client_credentials_issued_total',
    [],
    'Tokens issued by the client_credentials grant.',
  ),
  clientCredentialsDenied: counter(
    'authplane_client_credentials_denied_total',
    ['reason'],
    'Requests refused by the client_credentials grant.',
  ),
  tokensRefreshed: counter('authserver_tokens_refreshed_total', [], 'Refresh tokens rotated.'),
  tokensRevoked: counter(
    'authserver_tokens_revoked_total',
    ['reason'],
    'Revocations: by request (explicit, explicit_machine for a token issued to a client for ' +
      'itself) or after the reuse of a refresh token (family_revocation) or code (code_reuse).',
  ),
  refreshTokenReuse: counter(
    'authserver_refresh_token_reuse_total',
    [],
    'Spent refresh tokens presented again outside the grace window.',
  ),
  refreshTokenRetries: counter(
    'authserver_refresh_token_retries_total',
    [],
    'Spent refresh tokens answered again within the grace window.',
  ),
  codeReuse: counter(
    'authserver_auth_code_reuse_total',
    ['verifier'],
    'Spent codes presented again, by whether the PKCE verifier and client were right.',
  ),
  revocationFailures: counter(
    'authserver_revocation_failures_total',
    ['path', 'half'],
    'Halves of the answer to a reuse that failed: tokens of a stolen family may still be alive.',
  ),
  proofsValidated: counter(
    'authplane_dpop_proofs_validated_total',
    ['result'],
    'DPoP proofs accepted.',
  ),
  proofsRejected: counter(
    'authplane_dpop_proofs_rejected_total',
    ['reason'],
    'DPoP proofs refused.',
  ),
  agentTokensIssued: counter(
    'authplane_agent_tokens_issued_total',
    [],
    'Tokens issued with agent claims.',
  ),
  loginAttempts: counter('authserver_login_attempts_total', ['result'], 'Attempts to sign in.'),
  consentDecisions: counter(
    'authserver_consent_decisions_total',
    ['decision'],
    'Answers of users on the consent page.',
  ),
  authFlowSeconds: histogram(
    'authserver_auth_flow_duration_seconds',
    [],
    'Time from the authorize request to its code, the time people take included.',
  ),
  introspections: counter(
    'authserver_introspection_total',
    ['result'],
    'Introspections of authenticated callers.',
  ),
  introspectionSeconds: histogram(
    'authserver_introspection_duration_seconds',
    [],
    'Time to answer an introspection.',
  ),
  documentFetchSeconds: histogram(
    'authserver_cimd_fetch_duration_seconds',
    [],
    'Time to fetch a client metadata document; answers from the cache are not counted.',
  ),
  documentFetchesSuppressed: counter(
    'authserver_cimd_fetch_suppressed_total',
    ['reason'],
    'Fetches of client metadata documents that were saved or refused.',
  ),
  authDenied: counter(
    'authserver_auth_denied_total',
    ['reason'],
    'Refused authentications of users and clients.',
  ),
  clientsRegistered: counter(
    'authserver_clients_registered_total',
    ['source'],
    'Clients registered.',
  ),
  activeClients: gauge('authserver_active_clients', [], 'Active clients in the store.'),
  activeTokenFamilies: gauge(
    'authserver_active_token_families',
    [],
    'Families of refresh tokens in the store that are not revoked.',
  ),
  resourceServerOps: counter(
    'authplane_resource_server_ops_total',
    ['op'],
    'Changes of resources by administrators.',
  ),
  allowlistOps: counter(
    'authplane_allowlist_ops_total',
    ['op'],
    'Entries added to, or removed from, the lists of a resource policy.',
  ),
  auditEventsDropped: counter(
    'authserver_audit_events_dropped_total',
    ['action'],
    'Audit events that could not be stored.',
  ),
  databaseSeconds: histogram(
    'authserver_db_operation_duration_seconds',
    ['operation', 'store'],
    'Time from asking the store to its answer, waiting included. A unit is answered when durable.',
  ),
  storageFileBytes: gauge(
    'authserver_storage_file_bytes',
    ['file'],
    'Size of the database file, and of the write-ahead log beside it.',
  ),
  tracesSuppressed: counter(
    'authserver_traces_suppressed_total',
    ['reason'],
    'Sampled traces not recorded: too many per second (rate), or a slow collector (backlog).',
  ),
  otlpLost: counter(
    'authserver_otlp_lost_total',
    ['signal'],
    'Spans, log lines and readings of metrics that no collector has taken.',
  ),
  keyRotations: counter('authserver_key_rotation_total', [], 'Rotations of the signing key.'),
  keyReloadSeconds: histogram(
    'authserver_key_reload_duration_seconds',
    [],
    'Time to read the signing keys again.',
  ),
  httpRequests: counter('authserver_http_requests_total', http, 'Requests answered.'),
  httpRequestSeconds: histogram(
    'authserver_http_request_duration_seconds',
    http,
    'Time to answer a request.',
  ),
  eventLoopDelay: gauge(
    'authserver_event_loop_delay_seconds',
    ['stat'],
    'Delay of the event loop of the front thread since the last scrape.',
  ),

  actorMailboxDepth: gauge(
    'authserver_actor_mailbox_depth',
    actor,
    'Messages sent to the actor and not yet answered.',
  ),
  actorMailboxCapacity: gauge(
    'authserver_actor_mailbox_capacity',
    actor,
    'Messages the mailbox of the actor can hold.',
  ),
  actorRestarts: counter('authserver_actor_restarts_total', actor, 'Restarts of the actor.'),
  actorUtilization: gauge(
    'authserver_actor_utilization',
    actor,
    'Share of time the thread of the actor was busy since the last scrape, 0 to 1.',
  ),
  actorMessages: counter(
    'authserver_actor_messages_total',
    ['actor', 'kind', 'outcome'],
    'Messages the actor answered.',
  ),
  actorBatchSize: histogram(
    'authserver_actor_batch_size',
    actor,
    'Messages handled in one call of a handler.',
  ),
  actorHandlerSeconds: histogram(
    'authserver_actor_handler_seconds',
    [...actor, 'handler'],
    'Time of one call of a handler; commit of storage: one transaction with its sync to disk.',
  ),
  actorWaitSeconds: histogram(
    'authserver_actor_wait_seconds',
    actor,
    'Time between the arrival of a message and its handler.',
  ),

  processCpuUser: counter(
    'process_cpu_user_seconds_total',
    [],
    'User CPU time of the process in seconds.',
  ),
  processCpuSystem: counter(
    'process_cpu_system_seconds_total',
    [],
    'System CPU time of the process in seconds.',
  ),
  processCpu: counter('process_cpu_seconds_total', [], 'CPU time of the process in seconds.'),
  processStartTime: gauge(
    'process_start_time_seconds',
    [],
    'Start time of the process in seconds since the Unix epoch.',
  ),
  processResidentMemory: gauge('process_resident_memory_bytes', [], 'Resident memory in bytes.'),
  processVirtualMemory: gauge('process_virtual_memory_bytes', [], 'Virtual memory in bytes.'),
  processHeap: gauge('process_heap_bytes', [], 'Data segment of the process in bytes.'),
  processOpenFds: gauge('process_open_fds', [], 'Open file descriptors.'),
  processMaxFds: gauge('process_max_fds', [], 'Most file descriptors the process may open.'),
} as const

/** Upper bounds of all histograms in seconds, but for those of actors, which bring their own. */
export const secondBounds: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Values of closed labels that are known beforehand; their series exist from the start, at 0. */
export const labelValues = {
  grantType: ['authorization_code', 'refresh_token', 'client_credentials'],
  clientSource: ['admin', 'dcr', 'cimd'],
  revocationReason: ['family_revocation', 'code_reuse', 'explicit', 'explicit_machine'],
  codeVerifier: ['valid', 'invalid'],
  revocationPath: ['reuse', 'code_reuse'],
  revocationHalf: ['family', 'jti'],
  proofResult: ['valid'],
  proofFault: ['invalid_proof', 'replay', 'nonce_required', 'nonce_mismatch'],
  loginResult: ['success', 'failure'],
  consentDecision: ['granted', 'denied'],
  introspectionResult: ['active', 'inactive', 'error'],
  suppressedFetch: ['negative_cache', 'single_flight', 'capacity'],
  resourceOp: ['create', 'update', 'delete'],
  allowlistOp: ['add', 'remove'],
  otlpSignal: ['traces', 'logs', 'metrics'],
  suppressionReason: ['rate', 'backlog'],
} as const

/** Stands for every label value outside its set, and for what exceeds the bound of a family. */
export const otherLabel = 'other'
